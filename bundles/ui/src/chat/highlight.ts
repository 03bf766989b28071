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

// prettier-ignore
const LANGUAGES = {
  bash, c, cpp, csharp, css, diff, dockerfile, go, ini, java, javascript, json, kotlin, markdown, php, python, ruby, rust,
  shell, sql, typescript, xml, yaml,
};

/** Makes elements where highlight.js would write HTML, which the page's policy does not take. */
class NodeEmitter implements Emitter {
  readonly root = document.createDocumentFragment();
  readonly #open: Node[] = [this.root];
  readonly options: HLJSOptions;

  constructor(options: HLJSOptions) {
    this.options = options;
  }

  startScope(scope: string): void {
    const span = document.createElement("span");
    const [first, ...deeper] = scope.split(".");
    span.className = [`hljs-${first}`, ...deeper.map((name, index) => name + "_".repeat(index + 1))].join(" ");
    this.#open.push(this.#top.appendChild(span));
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
    if (text !== "") {
      this.#top.appendChild(document.createTextNode(text));
    }
  }

  __addSublanguage(emitter: Emitter): void {
    this.#top.appendChild((emitter as NodeEmitter).root);
  }

  finalize(): void {
    this.#open.length = 1;
  }

  toHTML(): string {
    return "";
  }

  get #top(): Node {
    return this.#open.at(-1) ?? this.root;
  }
}

hljs.configure({ __emitter: NodeEmitter } as unknown as Partial<HLJSOptions>);
for (const [name, language] of Object.entries(LANGUAGES)) {
  hljs.registerLanguage(name, language);
}
hljs.registerAliases(["vue", "svelte"], { languageName: "xml" });
hljs.registerAliases(["jsonc", "json5"], { languageName: "json" });
hljs.registerAliases(["env", "dotenv", "properties"], { languageName: "ini" });

/** The code as coloured nodes; null for a language that is not known. */
export function colour(code: string, language: string): DocumentFragment | null {
  if (!hljs.getLanguage(language)) {
    return null;
  }
  const result = hljs.highlight(code, { language, ignoreIllegals: true });
  return (result._emitter as unknown as NodeEmitter).root;
}
