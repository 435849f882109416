// Compiles the Solidity files of this folder into the .bin files that the bench package embeds:
//   npm install --no-save solc@0.8.30 && node build.js
// The output depends on nothing but the sources, the compiler's version and the settings below. Fees.sol and
// Fees.model.hex come from Fees.dmn:
//   cybermiles rules bind Fees.dmn Fee --solidity --scale Fee=2 --out Fees.sol
//   cybermiles rules compile Fees.dmn --out Fees.model && xxd -p Fees.model | tr -d '\n' > Fees.model.hex
// and Task.model.hex from Task.bpmn in the same way, with cybermiles process compile.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

// Paris has no PUSH0, so that code also runs on chains with older rules.
const contracts = { Disperse: "paris", BenchToken: "paris", BenchRules: "cancun", BenchProcess: "cancun" };
const ours = /^@cybermiles\/contracts\/(\w+\/I\w+\.sol)$/;
const read = (...parts) => ({ contents: fs.readFileSync(path.join(__dirname, ...parts), "utf8") });
const resolve = (name) => (ours.test(name) ? read("../../middleware", ours.exec(name)[1]) : read(name));

for (const [name, evmVersion] of Object.entries(contracts)) {
  const output = JSON.parse(solc.compile(JSON.stringify({
    language: "Solidity",
    sources: { [`${name}.sol`]: { content: read(`${name}.sol`).contents } },
    settings: {
      evmVersion,
      optimizer: { enabled: true, runs: 200 },
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
    },
  }), { import: resolve }));
  for (const { severity, formattedMessage } of output.errors ?? []) {
    console.error(formattedMessage);
    if (severity === "error") process.exitCode = 1;
  }
  if (process.exitCode) break;
  fs.writeFileSync(path.join(__dirname, `${name}.bin`), `${output.contracts[`${name}.sol`][name].evm.bytecode.object}\n`);
}
