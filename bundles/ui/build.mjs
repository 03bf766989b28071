// Builds what the browser loads into target/web, compressed, with a list of it for the bundle.
// node build.mjs [--watch]
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, "target/web");
const watch = process.argv.includes("--watch");

/** What a page may weigh: all scripts and styles that it loads at first, gzip. */
const LIMITS = { "/": 100 * 1024, "/dashboard": 56 * 1024 };

const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

/** Pages by address. What the gate's pages load is open without a login, so it is built apart. */
const PAGES = [
  { address: "/login", html: "login.html", open: true },
  { address: "/setup", html: "setup.html", open: true },
  { address: "/", html: "main.html", open: false },
  { address: "/dashboard", html: "dashboard.html", open: false },
];

const COMMON = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: ["es2022", "chrome123", "firefox128", "safari17.5"],
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
  conditions: ["production"],
  define: { "process.env.NODE_ENV": '"production"' },
};

async function build() {
  const began = performance.now();
  const before = await esbuild.build({
    ...COMMON,
    format: "iife",
    entryPoints: ["src/shared/theme.ts"],
    entryNames: "[name]-[hash]",
    outdir: join(out, "assets/gate"),
  });
  // The page has to know what the script of its worker is called.
  const worker = await esbuild.build({
    ...COMMON,
    format: "esm",
    entryPoints: [{ in: "src/chat/highlight.worker.ts", out: "highlight" }],
    entryNames: "[name]-[hash]",
    outdir: join(out, "assets/app"),
  });
  const address = addressOf(relative(root, worker.outputFiles[0].path));
  const [gate, app] = await Promise.all([
    modules("gate", ["src/login/main.ts", "src/setup/main.ts"]),
    modules("app", ["src/chat/main.ts", "src/dashboard/main.ts"], { HIGHLIGHT_WORKER: JSON.stringify(address) }),
  ]);

  const files = new Map();
  const put = (address, content, options) => files.set(address, { content: Buffer.from(content), ...options });
  const outputs = {};
  for (const result of [before, gate, worker, app]) {
    Object.assign(outputs, result.metafile.outputs);
    for (const file of result.outputFiles) {
      const address = addressOf(relative(root, file.path));
      put(address, file.contents, { immutable: true, open: address.startsWith("/assets/gate/") });
    }
  }
  const icon = await readFile(join(root, "src/shared/icon.svg"));
  const iconAddress = `/assets/gate/icon-${hash(icon, 8)}.svg`;
  put(iconAddress, icon, { immutable: true, open: true });
  put("/assets/gate/licences.txt", await licences([gate, worker, app]), { immutable: false, open: true });

  for (const page of PAGES) {
    const html = link(await readFile(join(root, "src", page.html), "utf8"), outputs, iconAddress);
    put(page.address, html, { immutable: false, open: page.open, name: page.html });
  }

  await rm(out, { recursive: true, force: true });
  const list = [];
  for (const [address, file] of files) {
    list.push(await store(address, file));
  }
  await writeFile(join(out, "files.tsv"), list.sort().join("\n") + "\n");
  const heavy = weigh(files);
  console.log(`Built in ${Math.round(performance.now() - began)} ms`);
  return heavy;
}

function modules(name, entries, define = {}) {
  return esbuild.build({
    ...COMMON,
    define: { ...COMMON.define, ...define },
    format: "esm",
    splitting: true,
    entryPoints: entries.map((entry) => ({ in: entry, out: entry.split("/")[1] })),
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    assetNames: "[name]-[hash]",
    outdir: join(out, "assets", name),
  });
}

const addressOf = (path) => `/${path.replaceAll("\\", "/").replace(/^target\/web\//, "")}`;

/** Replaces the sources that a page names by what became of them. */
function link(html, outputs, iconAddress) {
  return html
    .replace('href="shared/icon.svg"', `href="${iconAddress}"`)
    .replace(/<script( type="module")? src="([^"]+)"><\/script>/g, (_, type = "", source) => {
      const path = Object.keys(outputs).find((key) => outputs[key].entryPoint === `src/${source}`);
      if (!path) {
        throw new Error(`No entry point ${source}`);
      }
      const css = outputs[path].cssBundle;
      return [
        ...(css ? [`<link rel="stylesheet" href="${addressOf(css)}">`] : []),
        ...reached(path, outputs)
          .filter((other) => other !== path)
          .map((other) => `<link rel="modulepreload" href="${addressOf(other)}">`),
        `<script${type} src="${addressOf(path)}"></script>`,
      ].join("\n");
    });
}

/** A script and all that it imports at once. */
function reached(path, outputs, found = new Set()) {
  if (!found.has(path)) {
    found.add(path);
    outputs[path].imports.filter((use) => use.kind === "import-statement").forEach((use) => reached(use.path, outputs, found));
  }
  return [...found];
}

/** Writes a file with its compressed forms and gives its line in the list. */
async function store(address, { content, immutable, open, name }) {
  const path = name ?? address.slice(1);
  const target = join(out, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
  const brotli = brotliOf(content);
  const gzip = gzipOf(content);
  const pays = (compressed) => compressed.length < content.length * 0.95;
  if (pays(brotli)) {
    await writeFile(`${target}.br`, brotli);
  }
  if (pays(gzip)) {
    await writeFile(`${target}.gz`, gzip);
  }
  const encodings = [pays(brotli) ? "br" : "", pays(gzip) ? "gz" : ""].filter(Boolean).join(",") || "-";
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
  if (!type) {
    throw new Error(`No content type for ${path}`);
  }
  return [address, path, type, `"${hash(content, 16)}"`, immutable ? "immutable" : "-", open ? "open" : "-", encodings].join("\t");
}

const hash = (content, length) => createHash("sha256").update(content).digest("hex").slice(0, length);
const gzipOf = (content) => gzipSync(content, { level: 9 });
const brotliOf = (content) =>
  brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: watch ? 4 : 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });

/** Prints what each page loads, at first and in all, and tells whether one is too heavy. */
function weigh(files) {
  const kib = (value) => `${(value / 1024).toFixed(1)} KiB`;
  const sum = (addresses, size) => [...addresses].reduce((total, address) => total + size(files.get(address).content), 0);
  let tooHeavy = false;
  for (const page of PAGES) {
    const html = files.get(page.address).content.toString();
    const first = new Set([...html.matchAll(/(?:href|src)="(\/assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]));
    const all = withLater(first, files);
    const gzip = sum(first, (content) => gzipOf(content).length);
    const figures = [first, all].map((set) => `gzip ${kib(sum(set, (c) => gzipOf(c).length))}, brotli ${kib(sum(set, (c) => brotliOf(c).length))}`);
    console.log(`${page.address.padEnd(11)} ${[...new Set(figures)].join("; with what is loaded later ")}`);
    const limit = LIMITS[page.address] ?? Number.POSITIVE_INFINITY;
    if (gzip > limit) {
      console.error(`${page.address} weighs ${kib(gzip)}, more than ${kib(limit)}.`);
      tooHeavy = true;
    }
  }
  return tooHeavy;
}

/** These files and every script that one of them names. */
function withLater(first, files) {
  const all = new Set(first);
  for (const address of all) {
    const content = address.endsWith(".js") ? files.get(address).content.toString() : "";
    for (const [other] of files) {
      if (/^\/assets\/.*\.js$/.test(other) && content.includes(other.slice(other.lastIndexOf("/") + 1))) {
        all.add(other);
      }
    }
  }
  return all;
}

/** The licences of every package that is part of the scripts. */
async function licences(results) {
  const packages = new Set();
  for (const input of results.flatMap((result) => Object.keys(result.metafile.inputs))) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) {
      packages.add(match[1]);
    }
  }
  const texts = [];
  for (const name of [...packages].sort()) {
    const directory = join(root, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    const file = (await readdir(directory)).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) {
      throw new Error(`${name} brings no licence`);
    }
    texts.push(`${name} ${version} (${license})\n\n${(await readFile(join(directory, file), "utf8")).trim()}\n`);
  }
  return `OpenCode Nexus contains these packages.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

if (watch) {
  const { watch: observe } = await import("node:fs");
  let timer;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((failure) => console.error(failure.message)), 80);
  };
  observe(join(root, "src"), { recursive: true }, again);
  again();
} else {
  const failed = await build().catch((failure) => {
    console.error(failure.errors ? "The pages cannot be built." : failure);
    return true;
  });
  process.exitCode = failed ? 1 : 0;
}
