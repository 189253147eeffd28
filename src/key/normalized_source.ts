/**
 * The source of a function without what does not count: comments and white space.
 *
 * The source is cut into tokens, which are joined by single spaces, so that two sources give the same text only if they
 * have the same tokens. A line break stays where JavaScript may end a statement at it. What is inside strings,
 * templates and regular expressions stays as it is.
 *
 * Why no parser: there is none to call. Where cutting needs one (whether a `/` divides after a `}`, for instance) the
 * rest of the source stays as it is, which costs a recomputation after reformatting and never a stale value.
 */
export function normalizedSource(source: string): string {
  return new SourceWalk(source).text();
}

/** Words before an expression, so that a `/` after them begins a regular expression. */
const BEFORE_EXPRESSION: ReadonlySet<string> = new Set(
  ["return", "typeof", "instanceof", "in", "new", "delete", "void", "throw", "case", "do", "else", "extends"],
);
/** Words that are names in some places and operators in others. */
const UNCERTAIN: ReadonlySet<string> = new Set(["yield", "await", "of", "let", "async", "static", "get", "set"]);
/** Words whose parentheses are followed by a statement. */
const BEFORE_CONDITION: ReadonlySet<string> = new Set(["if", "while", "for", "with"]);
/** After these a statement cannot end. */
const OPEN_END = /^(?:[{([,;:?.=<>+\-*/%&|^!~]|[^)\]}].*[=&|?<>*.])$/;
/** Before these a statement does not end, or ends anyway. */
const OPEN_START: ReadonlySet<string> = new Set(
  ") ] , ; : ? . ?. = == === != !== => % & | ^ && || ?? <= >= >".split(" "),
);

const GAP = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)+/y;
const LINE_END = /[\n\r\u2028\u2029]/;
const WORD = /[\p{ID_Continue}$#\\\u200c\u200d]+/uy;
const NUMBER = /\.?\d(?:[eE][+-]\d|[\w.])*/y;
const STRING = /"(?:[^"\\\n\r]|\\(?:\r\n|[^]))*"|'(?:[^'\\\n\r]|\\(?:\r\n|[^]))*'/y;
const PATTERN =
  /\/(?:[^/\\[\n\r\u2028\u2029]|\\[^\n\r]|\[(?:[^\]\\\n\r\u2028\u2029]|\\[^\n\r])*\])+\/[\p{ID_Continue}$]*/uy;
const TEMPLATE_PART = /[`}](?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;
const PUNCTUATOR =
  />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\];,<>+\-*%&|^!~?:=.@]/y;

/** What kind of token came last. */
type Kind = "word" | "number" | "literal" | "punctuator";

class SourceWalk {
  readonly #source: string;
  readonly #tokens: string[] = [];
  /** What is open: braces, and the substitutions of templates. */
  readonly #braces: ("{" | "${")[] = [];
  /** For each open parenthesis, whether a statement follows it. */
  readonly #conditions: boolean[] = [];
  #at = 0;
  #last = "";
  #lastButOne = "";
  #lastKind: Kind = "punctuator";
  /** Whether the last token is the name of a property. */
  #isProperty = false;
  /** Whether the last token closes the condition of a statement. */
  #closesCondition = false;

  constructor(source: string) {
    this.#source = source;
  }

  text(): string {
    while (this.#at < this.#source.length) {
      const gap = this.#match(GAP);
      if (this.#at >= this.#source.length) break;
      const { next, kind } = this.#next() ?? { next: this.#source.slice(this.#at), kind: "literal" };
      if (gap !== undefined && LINE_END.test(gap) && this.#mayEnd(next)) this.#tokens.push("\n");
      this.#take(next, kind);
    }
    return this.#tokens.join(" ");
  }

  /** The next token, or `undefined` when it cannot be told. */
  #next(): { readonly next: string; readonly kind: Kind } | undefined {
    const source = this.#source;
    const first = source[this.#at]!;
    if (first === '"' || first === "'") return this.#found(STRING, "literal");
    if (first === "`" || (first === "}" && this.#braces.at(-1) === "${")) return this.#found(TEMPLATE_PART, "literal");
    if (first === "/") return this.#slash();
    if (/\d/.test(first) || (first === "." && /\d/.test(source[this.#at + 1] ?? ""))) {
      return this.#found(NUMBER, "number");
    }
    return this.#found(WORD, "word") ?? this.#found(PUNCTUATOR, "punctuator");
  }

  #slash(): { readonly next: string; readonly kind: Kind } | undefined {
    switch (this.#atSlash()) {
      case "pattern":
        return this.#found(PATTERN, "literal");
      case "division":
        return { next: this.#source[this.#at + 1] === "=" ? "/=" : "/", kind: "punctuator" };
      case "unknown":
        return undefined;
    }
  }

  /** What a slash means here. */
  #atSlash(): "pattern" | "division" | "unknown" {
    const last = this.#last;
    switch (this.#lastKind) {
      case "number":
      case "literal":
        return "division";
      case "word":
        if (this.#isProperty) return "division";
        if (UNCERTAIN.has(last)) return "unknown";
        return BEFORE_EXPRESSION.has(last) ? "pattern" : "division";
      case "punctuator":
        if (last === ")") return this.#closesCondition ? "pattern" : "division";
        if (last === "]") return "division";
        return last === "}" || last === "++" || last === "--" ? "unknown" : "pattern";
    }
  }

  /** Whether a statement may end between the last token and the next, when a line does. */
  #mayEnd(next: string): boolean {
    if (this.#tokens.length === 0 || next[0] === "}" || OPEN_START.has(next)) return false;
    if (this.#lastKind !== "punctuator") return true;
    return this.#last === "++" || this.#last === "--" || !OPEN_END.test(this.#last);
  }

  #take(token: string, kind: Kind): void {
    if (token === "(") {
      const word = this.#last === "await" && this.#lastButOne === "for" ? "for" : this.#last;
      this.#conditions.push(this.#lastKind === "word" && !this.#isProperty && BEFORE_CONDITION.has(word));
    }
    this.#closesCondition = token === ")" && this.#conditions.pop() === true;
    if (kind === "punctuator" && token === "{") this.#braces.push("{");
    else if (token[0] === "}") this.#braces.pop();
    const opens = kind === "literal" && /^[`}]/.test(token) && token.endsWith("${");
    if (opens) this.#braces.push("${");
    this.#isProperty = kind === "word" && (this.#last === "." || this.#last === "?.");
    this.#lastButOne = this.#last;
    this.#last = opens ? "(" : token;
    this.#lastKind = opens ? "punctuator" : kind;
    this.#tokens.push(token);
    this.#at += token.length;
  }

  #found(pattern: RegExp, kind: Kind): { readonly next: string; readonly kind: Kind } | undefined {
    pattern.lastIndex = this.#at;
    const next = pattern.exec(this.#source)?.[0];
    return next === undefined ? undefined : { next, kind };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
