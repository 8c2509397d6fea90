// Heap that an import keeps, on 32-bit words: node heap32.mjs py|mpy|romfs PATH module…  -> {"kept": …, "peak": …}
// Collections happen only while no Python is running, hence the many small runs.
import fs from "fs";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const [how, from, ...modules] = process.argv.slice(2);
process.on("uncaughtException", (error) => {
  console.error(error.message.trim().split("\n").at(-1)); // the last line of a Python traceback
  process.exit(1);
});
const lines = [];
const mp = await loadMicroPython({ heapsize: 4 << 20, stdout: (line) => lines.push(line), linebuffer: true });

function copy(source, target) {
  if (!fs.statSync(source).isDirectory()) return mp.FS.writeFile(target, fs.readFileSync(source));
  mp.FS.mkdir(target);
  for (const name of fs.readdirSync(source)) if (name !== "__pycache__") copy(`${source}/${name}`, `${target}/${name}`);
}

const builtin = "asyncio json re io time binascii hashlib random struct collections select os errno array math deflate";
mp.runPython(`import sys, gc, vfs\nfor m in "${builtin}".split():\n    try: __import__(m)\n    except ImportError: pass\n`);
// this build has no SHA-1, which the WebSocket handshake imports; nothing is hashed while importing
mp.runPython("import hashlib\nclass _Hashes: sha256 = sha1 = hashlib.sha256\nsys.modules['hashlib'] = _Hashes");
if (how === "romfs") {
  mp.FS.writeFile("/image", fs.readFileSync(from));
  mp.runPython('with open("/image", "rb") as f: _image = f.read()\nvfs.mount(vfs.VfsRom(_image), "/rom")\nsys.path.append("/rom")');
} else {
  mp.FS.mkdir("/code");
  for (const part of from.split(",")) copy(part, "/code/" + part.split("/").pop());
  mp.runPython('sys.path.append("/code")');
}
const collect = () => { mp.runPython("gc.collect()"); mp.runPython("gc.collect()"); };
collect();
mp.runPython("_before = gc.mem_alloc()");
for (const module of modules) mp.runPython(`import ${module}`);
mp.runPython("_peak = gc.mem_alloc() - _before");
collect();
mp.runPython("print('{\"kept\": %d, \"peak\": %d}' % (gc.mem_alloc() - _before, _peak))");
console.log(lines.at(-1));
process.exit(0);
