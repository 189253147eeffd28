/** An address of a server, taken apart. */
export interface Address {
  /** As messages show it: without user and password. */
  readonly shown: string;
  /** As clients are given it: with them, and without the database, which is selected apart so that a wrong one is noticed. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: boolean;
}

/** The protocols of addresses, and whether they are encrypted. */
const ENCRYPTED: Readonly<Record<string, boolean>> = {
  "redis:": false,
  "rediss:": true,
  "valkey:": false,
  "valkeys:": true,
};

/** The protocols of addresses. */
export const PROTOCOLS: readonly string[] = Object.keys(ENCRYPTED);

const EXAMPLE = `"redis://user:password@localhost:6379/0"`;

/** Takes an address apart, or says in words what is wrong with it. */
export function addressFrom(url: string | undefined): Address | string {
  if (url === undefined || url === "") return `no server is named; set url to its address, such as ${EXAMPLE}`;
  const parts = parsed(url);
  const tls = parts && ENCRYPTED[parts.protocol];
  if (parts === undefined || tls === undefined || parts.hostname === "") {
    // An address that cannot be taken apart may hold a password anywhere.
    return `url is no address of a server; set it to something like ${EXAMPLE}, or to "rediss://…" for an encrypted connection`;
  }
  const database = parts.pathname.slice(1);
  if (!/^\d*$/.test(database)) {
    return `url names the database ${JSON.stringify(database)}; set the number of one, as in ${EXAMPLE}`;
  }
  const port = parts.port === "" ? 6379 : Number(parts.port);
  const [protocol, server] = [tls ? "rediss" : "redis", `${parts.hostname}:${port}`];
  const login = parts.username === "" && parts.password === "" ? "" : `${parts.username}:${parts.password}@`;
  return {
    shown: `${protocol}://${server}${database === "" ? "" : `/${database}`}`,
    url: `${protocol}://${login}${server}`,
    host: parts.hostname.replace(/^\[|\]$/g, ""),
    port,
    user: decodeURIComponent(parts.username),
    password: decodeURIComponent(parts.password),
    database,
    tls,
  };
}

function parsed(url: string): URL | undefined {
  try {
    const parts = new URL(url);
    decodeURIComponent(parts.username + parts.password);
    return parts;
  } catch {
    return undefined;
  }
}
