/** Those who must hear of every call: listeners of events, the log at level `"debug"`, and scopes of `withDefaults`. */
export type Audience = "listeners" | "log" | "scopes";

const present = new Set<Audience>();

/** Whether somebody must hear of every call. While nobody does, a hit takes the short way. */
export const audience: { listening: boolean } = { listening: false };

/** Notes that one of the audience came or went. */
export function attend(who: Audience, here: boolean): void {
  if (here) present.add(who);
  else present.delete(who);
  audience.listening = present.size > 0;
}
