package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	market "github.com/cybermiles/cybermiles/contract/generate/testdata/client/contracts"
)

const repository = "../.."

// What is committed is what the interfaces say, here and in the example that
// other packages' tests read.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	require.NoError(t, generate(repository, true))
	require.NoError(t, generate("testdata", true), "run `go run ./contract/generate -root contract/generate/testdata`")
}

// The committed I<Name>.json are what solc makes of the sources.
func TestInterfacesCompile(t *testing.T) {
	require.NoError(t, compileInterfaces(t, repository))
	require.NoError(t, compileInterfaces(t, "testdata"))
}

// compileInterfaces runs solidity/interfaces.mjs --check.
func compileInterfaces(t *testing.T, root string, args ...string) error {
	t.Helper()
	requireCompiler(t)
	absolute, err := filepath.Abs(root)
	require.NoError(t, err)
	command := exec.Command("node", append([]string{"interfaces.mjs", "--check", "--root", absolute}, args...)...)
	command.Dir = filepath.Join(repository, "solidity")
	output, err := command.CombinedOutput()
	if err != nil {
		return &compileError{string(output)}
	}
	return nil
}

type compileError struct{ output string }

func (e *compileError) Error() string { return e.output }

// requireCompiler skips, loudly, where Node.js or the compiler is missing.
func requireCompiler(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(repository, "solidity", "node_modules", "solc"))
	}
	if err == nil {
		return
	}
	if os.Getenv("CLIENTS_REQUIRED") == "1" {
		t.Fatalf("solc is required and missing: %v", err)
	}
	t.Skipf("SKIPPED, the interfaces were not compiled: %v; install Node.js 20 and run `npm ci` in solidity/", err)
}

func TestBindingPacksAndUnpacks(t *testing.T) {
	contract := market.NewMarket()
	parsed, err := market.MarketMetaData.ParseABI()
	require.NoError(t, err)
	data := contract.PackClose0(7)
	require.Equal(t, parsed.Methods["close0"].ID, data[:4])
	require.Equal(t, byte(7), data[35])
	output, err := parsed.Methods["stalls"].Outputs.Pack([]market.MarketStall{}, common.Big32)
	require.NoError(t, err)
	found, err := contract.UnpackStalls(output)
	require.NoError(t, err)
	require.Equal(t, common.Big32, found.Total)
	_, err = contract.UnpackError([]byte{1})
	require.Error(t, err, "too short for a selector")
	require.Equal(t, "0x000000000000000000000000000000000000CfFF", market.MarketAddress.Hex())
}

// A fault in the sources is named with its place.
func TestFaultyInterfaces(t *testing.T) {
	requireCompiler(t)
	for name, c := range map[string]struct{ body, fault string }{
		"notice":      {"/// @param id number\n function f(uint64 id) external;", "function f(uint64): @notice is missing"},
		"param":       {"/// @notice Does.\n function f(uint64 id) external;", "function f(uint64): @param id is missing"},
		"unnamed":     {"/// @notice Does.\n function f(uint64) external;", "function f(uint64): a parameter has no name"},
		"return":      {"/// @notice Does.\n function f() external view returns (uint64);", "function f(): @return number 1 is missing"},
		"event":       {"event E(uint64 id);", "event E(uint64): @notice is missing"},
		"error":       {"/// @notice No.\n error E(uint64 id);", "error E(uint64): @param id is missing"},
		"struct":      {"/// @notice S.\n struct S { uint64 a; }\n/// @notice Does.\n/// @param s it\n function f(S calldata s) external;", "struct ILamp.S: a /// line above a is missing"},
		"enum":        {"enum S { A }\n/// @notice Does.\n/// @param s it\n function f(S s) external;", "enum ILamp.S: @notice is missing"},
		"constructor": {"fallback() external;", "fallback"},
		"syntax":      {"function", "Expected"},
	} {
		t.Run(name, func(t *testing.T) {
			root := lamp(t, "/// @notice A lamp.\n/// @custom:address 0x000000000000000000000000000000000000cffe\ninterface ILamp {\n"+c.body+"\n}")
			require.ErrorContains(t, compileInterfaces(t, root), c.fault)
		})
	}
	require.ErrorContains(t, compileInterfaces(t, lamp(t, "/// @notice A lamp.\ninterface ILamp {}")), "needs @custom:address")
	require.ErrorContains(t, compileInterfaces(t, lamp(t, "/// @notice A lamp.\n/// @custom:address 0x12\ninterface ILamp {}")), "40 lower-case hex digits")
	require.ErrorContains(t, compileInterfaces(t, lamp(t, "interface ILamp {}")), "needs a @notice")
	require.ErrorContains(t, compileInterfaces(t, lamp(t, "interface ILantern {}")), "holds no interface ILamp")
	good := lamp(t, "/// @notice A lamp.\n/// @custom:address 0x000000000000000000000000000000000000cffe\ninterface ILamp {}")
	require.ErrorContains(t, compileInterfaces(t, good), "not what the source compiles to", "its JSON is not there yet")
}

// lamp is a repository with one interface.
func lamp(t *testing.T, source string) (root string) {
	t.Helper()
	root = t.TempDir()
	folder := filepath.Join(root, "protocol", "lamp")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	text := "// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.28;\n" + source + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ILamp.sol"), []byte(text), 0o644))
	return root
}

func TestWriteRemovesWhatIsStale(t *testing.T) {
	root := t.TempDir()
	files := fileSet{"client/contracts/a.go": "// " + header + "\n", "docs/contracts.md": "x"}
	require.ErrorContains(t, files.check(root), "client/contracts/a.go, docs/contracts.md")
	require.NoError(t, files.write(root))
	require.NoError(t, files.check(root))
	stale, own := filepath.Join(root, "client/contracts/b.go"), filepath.Join(root, "client/contracts/own.go")
	require.NoError(t, os.WriteFile(stale, []byte("// "+header+"\n"), 0o644))
	require.NoError(t, os.WriteFile(own, []byte("package contracts\n"), 0o644))
	require.ErrorContains(t, files.check(root), "client/contracts/b.go")
	require.NoError(t, files.write(root))
	require.NoFileExists(t, stale)
	require.FileExists(t, own)
}

func TestOverloadsGetWordsOfTheirParameters(t *testing.T) {
	parsed, err := abi.JSON(strings.NewReader(`[
		{"type":"function","name":"claim","inputs":[]},
		{"type":"function","name":"claim","inputs":[{"name":"validator","type":"address"}]},
		{"type":"function","name":"claim","inputs":[{"name":"validator","type":"address"},{"name":"amountWei","type":"uint256"}]},
		{"type":"function","name":"cancel","inputs":[{"name":"id","type":"uint256"}]},
		{"type":"function","name":"cancel","inputs":[{"name":"targets","type":"address[]"},{"name":"values","type":"uint256[]"}]},
		{"type":"function","name":"heldWei","inputs":[]},
		{"type":"function","name":"get","inputs":[{"name":"id","type":"uint64"}]},
		{"type":"function","name":"get","inputs":[{"name":"id","type":"bytes32[2]"}]},
		{"type":"function","name":"get","inputs":[{"name":"id","type":"bytes32[]"}]}]`))
	require.NoError(t, err)
	one := Interface{ABI: parsed}
	require.Equal(t, map[string]string{
		"claim()": "claim", "claim(address)": "claim-validator", "claim(address,uint256)": "claim-validator-amount",
		"cancel(uint256)": "cancel", "cancel(address[],uint256[])": "cancel-targets", "heldWei()": "held",
		"get(bytes32[2])": "get", "get(bytes32[])": "get-bytes32s", "get(uint64)": "get-uint64",
	}, methodWords(one.sortedMethods()))
}

func TestDistinct(t *testing.T) {
	a := &Interface{Name: "Staking", Fixed: true, Address: common.Address{1}}
	require.NoError(t, distinct([]*Interface{a, {Name: "Lockup", Fixed: true, Address: common.Address{2}}}))
	require.ErrorContains(t, distinct([]*Interface{a, {Name: "Lockup", Fixed: true, Address: common.Address{1}}}), "is taken by IStaking")
	require.ErrorContains(t, distinct([]*Interface{a, {Name: "STAKING"}}), "the name staking")
}
