// Runs methods of one MicroPython test file in the wasm32 build: node wasm32.mjs HEAP tests/…/mpy/test_x.py Case.method…
// Only what a board could see is copied into its file system; node's own stays out of reach.
import fs from "fs";
import path from "path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const [heap, file, ...names] = process.argv.slice(2);
const kibi = Number(heap.replace(/w?k$/, "")); // 32-bit words: what "wk" counts in
const mp = await loadMicroPython({ heapsize: kibi * 1024, stdout: (line) => console.log(line), linebuffer: true });

function copy(from, to) {
  if (!fs.statSync(from).isDirectory()) return mp.FS.writeFile(to, fs.readFileSync(from));
  if (path.basename(from) === "__pycache__") return;
  mp.FS.mkdir(to);
  for (const name of fs.readdirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}

mp.FS.mkdir("/project");
mp.FS.mkdir("/project/build");
for (const part of ["boards", "hal", "firmware", "tests", "build/deps"]) if (fs.existsSync(part)) copy(part, `/project/${part}`);
const folders = ["/project", "/project/build/deps", "/project/tests/harness", `/project/${path.dirname(file)}`];
mp.runPython(`import os, sys\nos.chdir("/project")\nsys.path[:0] = ${JSON.stringify(folders)}`);
mp.runPython(`import runner\nrunner.main(${JSON.stringify(path.basename(file, ".py"))}, ${JSON.stringify(names)})`);
process.exit(0); // timers that a test's event loop left behind would keep node alive
