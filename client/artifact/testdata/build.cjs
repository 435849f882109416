// Compiles Ledger.sol into Ledger.json, solc's standard JSON output:
//   npm install --no-save solc@0.8.37 && node build.cjs
// The output depends on nothing but the source, the compiler's version and the settings below.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify({
  language: "Solidity",
  sources: { "Ledger.sol": { content: fs.readFileSync(path.join(__dirname, "Ledger.sol"), "utf8") } },
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 1 },
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
})));
if (errors.length) throw new Error(errors.map((e) => e.formattedMessage).join("\n"));
fs.writeFileSync(path.join(__dirname, "Ledger.json"), `${JSON.stringify({ contracts }, null, 1)}\n`);
