import type { Emitter, HLJSOptions } from "highlight.js";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { type Colours, KINDS } from "./kinds.ts";

// prettier-ignore
const LANGUAGES = {
  bash, c, cpp, csharp, css, diff, dockerfile, go, ini, java, javascript, json, kotlin, markdown, php, python, ruby, rust,
  shell, sql, typescript, xml, yaml,
};

/** Kinds by what highlight.js calls them. */
const SCOPES: Record<string, (typeof KINDS)[number]> = {
  comment: "comment",
  quote: "comment",
  keyword: "keyword",
  "selector-tag": "keyword",
  literal: "keyword",
  section: "keyword",
  doctag: "keyword",
  string: "string",
  regexp: "string",
  addition: "string",
  number: "number",
  symbol: "number",
  bullet: "number",
  link: "number",
  title: "title",
  name: "title",
  attribute: "title",
  "title.class": "type",
  "title.class.inherited": "type",
  type: "type",
  built_in: "type",
  meta: "meta",
  attr: "meta",
  variable: "meta",
  "template-variable": "meta",
  deletion: "deleted",
  emphasis: "soft",
  strong: "strong",
};

function kindOf(scope: string, around: number): number {
  const kind = SCOPES[scope] ?? SCOPES[scope.slice(0, scope.indexOf("."))];
  return kind === undefined ? around : KINDS.indexOf(kind);
}

/** Makes a row of pieces where highlight.js would write HTML. */
class RowEmitter implements Emitter {
  readonly lengths: number[] = [];
  readonly kinds: number[] = [];
  readonly #open: number[] = [0];
  readonly options: HLJSOptions;

  constructor(options: HLJSOptions) {
    this.options = options;
  }

  startScope(scope: string): void {
    this.#open.push(kindOf(scope, this.#kind));
  }

  endScope(): void {
    this.#open.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  addText(text: string): void {
    this.#add(text.length, this.#kind);
  }

  __addSublanguage(emitter: Emitter): void {
    const { lengths, kinds } = emitter as RowEmitter;
    lengths.forEach((length, index) => this.#add(length, kinds[index] || this.#kind));
  }

  finalize(): void {
    this.#open.length = 1;
  }

  toHTML(): string {
    return "";
  }

  get #kind(): number {
    return this.#open.at(-1) ?? 0;
  }

  #add(length: number, kind: number): void {
    const last = this.lengths.length - 1;
    if (length > 0 && this.kinds[last] === kind) {
      this.lengths[last]! += length;
    } else if (length > 0) {
      this.lengths.push(length);
      this.kinds.push(kind);
    }
  }
}

hljs.configure({ __emitter: RowEmitter } as unknown as Partial<HLJSOptions>);
for (const [name, language] of Object.entries(LANGUAGES)) {
  hljs.registerLanguage(name, language);
}
hljs.registerAliases(["vue", "svelte"], { languageName: "xml" });
hljs.registerAliases(["jsonc", "json5"], { languageName: "json" });
hljs.registerAliases(["env", "dotenv", "properties"], { languageName: "ini" });

/** Nothing for a language that is not known. */
export function colour(code: string, language: string): Colours | undefined {
  if (!hljs.getLanguage(language)) {
    return undefined;
  }
  const result = hljs.highlight(code, { language, ignoreIllegals: true });
  const { lengths, kinds } = result._emitter as unknown as RowEmitter;
  return { lengths: Uint32Array.from(lengths), kinds: Uint8Array.from(kinds) };
}
