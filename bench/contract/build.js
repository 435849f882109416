// Compiles the Solidity files of this folder into the .bin files that the bench package embeds:
//   npm install --no-save solc@0.8.30 && node build.js
// The output depends on nothing but the sources, the compiler's version and the settings below.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const names = ["Disperse", "BenchToken"];
const sources = {};
for (const name of names) {
  sources[`${name}.sol`] = { content: fs.readFileSync(path.join(__dirname, `${name}.sol`), "utf8") };
}
const output = JSON.parse(solc.compile(JSON.stringify({
  language: "Solidity",
  sources,
  settings: {
    // Paris has no PUSH0, so the code also runs on chains with older rules.
    evmVersion: "paris",
    optimizer: { enabled: true, runs: 200 },
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
  },
})));
for (const { severity, formattedMessage } of output.errors ?? []) {
  console.error(formattedMessage);
  if (severity === "error") process.exitCode = 1;
}
if (!process.exitCode) {
  for (const name of names) {
    const code = output.contracts[`${name}.sol`][name].evm.bytecode.object;
    fs.writeFileSync(path.join(__dirname, `${name}.bin`), `${code}\n`);
  }
}
