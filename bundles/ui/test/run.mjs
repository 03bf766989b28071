// Bundles each test with what it tests and runs them with Node's own runner.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "target/test-web");
const tests = readdirSync(join(root, "test"), { recursive: true }).filter((file) => file.endsWith(".test.ts"));

rmSync(out, { recursive: true, force: true });
await esbuild.build({
  entryPoints: tests.map((test) => join(root, "test", test)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  conditions: ["production"],
  loader: { ".css": "empty" },
  tsconfig: join(root, "tsconfig.json"),
  logLevel: "warning",
});
const files = readdirSync(out, { recursive: true })
  .filter((file) => file.endsWith(".test.mjs"))
  .map((file) => join(out, file));
const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=dot", ...files], { stdio: "inherit" });
process.exitCode = status ?? 1;
