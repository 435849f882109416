package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// addPackage makes the generated part of the npm package client/ts: a module
// of each contract, their index, and the interfaces in Solidity.
func addPackage(files fileSet, interfaces []*Interface) error {
	var index strings.Builder
	fmt.Fprintf(&index, "// %s\n\n", header)
	for _, one := range interfaces {
		module, err := typescript(one)
		if err != nil {
			return fmt.Errorf("I%s: %w", one.Name, err)
		}
		files["client/ts/src/"+one.file()+".ts"] = module
		files["client/ts/"+one.Folder+"/I"+one.Name+".sol"] = copySolidity(one)
		fmt.Fprintf(&index, "export * from './%s.js'\n", one.file())
	}
	if len(interfaces) == 0 {
		index.WriteString("export {}\n")
	}
	files["client/ts/src/index.ts"] = index.String()
	return nil
}

// typescript is a module with a contract's ABI and address as constants, which
// viem and wagmi infer their types from.
func typescript(one *Interface) (string, error) {
	var entries []json.RawMessage
	if err := json.Unmarshal(one.rawABI, &entries); err != nil {
		return "", err
	}
	var b strings.Builder
	name := strings.ToLower(one.Name[:1]) + one.Name[1:]
	fmt.Fprintf(&b, "// %s\n\n/** ABI: %s */\nexport const %sAbi = [\n", header, comment(one.user.Notice), name)
	for _, entry := range entries {
		var compact strings.Builder
		if err := compactJSON(&compact, entry); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "  %s,\n", compact.String())
	}
	b.WriteString("] as const\n")
	if one.Fixed {
		fmt.Fprintf(&b, "\n/** Where the contract is on every chain. */\nexport const %sAddress = '%s' as const\n", name, one.Address.Hex())
	}
	fmt.Fprintf(&b, "\n/** ABI and address together, as viem and wagmi take them. */\nexport const %s = { abi: %sAbi", name, name)
	if one.Fixed {
		fmt.Fprintf(&b, ", address: %sAddress", name)
	}
	b.WriteString(" } as const\n")
	return b.String(), nil
}

func compactJSON(b *strings.Builder, raw json.RawMessage) error {
	encoded, err := json.Marshal(raw) // compacts
	b.Write(encoded)
	return err
}

// comment keeps text from ending the comment that it stands in.
func comment(text string) string { return strings.ReplaceAll(text, "*/", "* /") }

// copySolidity is the interface as it is published, marked as a copy below its
// licence line.
func copySolidity(one *Interface) string {
	first, rest, _ := strings.Cut(one.solidity, "\n")
	return fmt.Sprintf("%s\n// %s Source: %s/%s/I%s.sol.\n%s", first, header, one.Part, one.Folder, one.Name, rest)
}
