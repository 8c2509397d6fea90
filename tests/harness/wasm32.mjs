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
  if (from.endsWith("/__pycache__")) return;
  mp.FS.mkdir(to);
  // the simulator lives on the unix port alone; its models of chips are plain
  for (const name of from === "hal/sim" ? ["chips"] : fs.readdirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}

process.on("uncaughtException", (error) => {
  console.error(error.message.slice(0, 2000));
  process.exit(1);
});
mp.FS.mkdir("/project");
mp.FS.mkdir("/project/build");
for (const part of ["boards", "hal", "firmware", "tests", "build/deps"]) if (fs.existsSync(part)) copy(part, `/project/${part}`);
const folders = ["/project", "/project/build/deps", "/project/tests/harness", `/project/${path.dirname(file)}`];
mp.runPython(`import os, sys\nos.chdir("/project")\nsys.path[:0] = ${JSON.stringify(folders)}`);
// nothing is collected while Python runs here, so what a test would read of the heap is hidden from it
const hide = "import gc, sys\nclass _Gc: collect, enable, disable, isenabled = gc.collect, gc.enable, gc.disable, gc.isenabled\n";
mp.runPython(hide + "sys.modules['gc'] = _Gc");
mp.runPython(`import runner\nrunner.main(${JSON.stringify(path.basename(file, ".py"))}, ${JSON.stringify(names)})`);
process.exit(0); // timers that a test's event loop left behind would keep node alive
