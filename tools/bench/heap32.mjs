// Heap of the firmware on 32-bit words. Collections happen only while no Python is running, hence the many small runs.
//   node heap32.mjs py|mpy|romfs PATH import module…   {"kept": bytes, "peak": bytes, "modules": {name: bytes kept by importing it in this order}}
//   node heap32.mjs py|mpy|romfs PATH charge PROGRAM   {"kept": bytes with everything at work, "imported": bytes after the imports,
//                                                      "names": bytes of the pools of names, "loaded": [modules that are there]}
import fs from "fs";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const [how, from, what, ...names] = process.argv.slice(2);
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
mp.runPython(`import sys, gc, vfs, json\nfor m in "${builtin}".split():\n    try: __import__(m)\n    except ImportError: pass\n`);
// this build has no SHA-1, which the WebSocket handshake imports: both its ends then take SHA-256
mp.runPython("import hashlib\nclass _Hashes: sha256 = sha1 = hashlib.sha256\nsys.modules['hashlib'] = _Hashes");
if (how === "romfs") {
  mp.FS.writeFile("/image", fs.readFileSync(from));
  mp.runPython('with open("/image", "rb") as f: _image = f.read()\nvfs.mount(vfs.VfsRom(_image), "/rom")\nsys.path.append("/rom")');
} else {
  mp.FS.mkdir("/code");
  for (const part of from.split(",")) copy(part, "/code/" + part.split("/").pop());
  mp.runPython('sys.path.append("/code")');
}

function collect() {
  mp.runPython("gc.collect()");
  mp.runPython("gc.collect()");
}
function said(expression) {
  mp.runPython(`print(${expression})`);
  return lines.at(-1);
}
function used() {
  collect();
  return Number(said("gc.mem_alloc()"));
}

function imports(modules) {
  const each = {};
  const before = used();
  let last = before;
  let peak = 0;
  for (const module of modules) {
    mp.runPython(`import ${module}`);
    peak = Math.max(peak, Number(said("gc.mem_alloc()")) - before);
    const now = used();
    each[module] = now - last;
    last = now;
  }
  return { kept: last - before, peak, modules: each };
}

function pools() {
  mp.runPython("import micropython\nmicropython.qstr_info()\nprint()");
  const [, letters, all] = lines.findLast((line) => line.startsWith("qstr pool")).match(/n_str_data_bytes=(\d+), n_total_bytes=(\d+)/);
  return all - letters; // which lie in the image where there is one
}

// Lives until the contactor is closed and meter values have been sent; the least of many looks is what is in use.
function charge(program) {
  mp.FS.mkdir("/files");
  mp.FS.writeFile("/whole.py", fs.readFileSync(program));
  mp.runPython('sys.path.append("/")\nimport whole');
  const before = used();
  const named = pools();
  mp.runPython("import boards\nfrom firmware import app");
  const imported = used() - before;
  mp.runPython("whole.begin()");
  let least = Infinity;
  for (let looks = 0; looks < 40;) {
    mp.runPython("whole.step()");
    // by the charger's own clock, which stands while a busy host has no time for it
    if (Number(said("whole.HAL.clock.ms")) > 60000) throw new Error(`the charger does not charge: ${said("whole.state()")} ${said("whole.why()")}`);
    if (!said("whole.state()").startsWith("(True") || !said("whole.state()").includes("MeterValues")) {
      collect();
      continue;
    }
    looks++;
    least = Math.min(least, used() - before);
  }
  return { kept: least, imported, names: pools() - named, loaded: JSON.parse(said("json.dumps(list(sys.modules))")) };
}

console.log(JSON.stringify(what === "charge" ? charge(names[0]) : imports(names)));
process.exit(0);
