/** Those who must be told: of every call (`"calls"`), of events of whatever type (`"events"`), the log at level `"debug"`, and scopes. */
export type Audience = "calls" | "events" | "log" | "scopes";

const present = new Set<Audience>();

/** Who must be told. While nobody must hear of every call, a hit takes the short way. */
export const audience: {
  /** Whether somebody must hear of every call. */
  listening: boolean;
  /** Whether somebody hears of events, be it of hits or of others. */
  hearing: boolean;
} = { listening: false, hearing: false };

/** Notes that one of the audience came or went. */
export function attend(who: Audience, here: boolean): void {
  if (here) present.add(who);
  else present.delete(who);
  audience.listening = present.has("calls") || present.has("log") || present.has("scopes");
  audience.hearing = present.has("events") || present.has("log");
}
