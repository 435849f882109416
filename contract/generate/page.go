package main

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
)

// addPage makes docs/contracts.md.
func addPage(files fileSet, interfaces []*Interface) error {
	contracts := fixed(interfaces)
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n# Contracts of the chain\n\n", header)
	b.WriteString("Contracts written in Go are at the same address on every chain and are called like any Solidity contract:\n" +
		"from a wallet, from Solidity (`import \"@cybermiles/contracts/<folder>/I<Name>.sol\"`), from TypeScript\n" +
		"(`@cybermiles/contracts`), from Go (`client/contracts`) and from the command line (`cybermiles <contract> --help`).\n\n")
	b.WriteString("| address | contract | what for |\n|---|---|---|\n")
	for _, one := range contracts {
		fmt.Fprintf(&b, "| `%s` | [%s](#%s) | %s |\n", one.Address.Hex(), one.Name, strings.ToLower(one.Name), cell(one.user.Notice))
	}
	for _, one := range contracts {
		writeContract(&b, one)
	}
	files["docs/contracts.md"] = strings.TrimRight(b.String(), "\n") + "\n"
	return nil
}

func writeContract(b *strings.Builder, one *Interface) {
	place := one.Part + "/" + one.Folder
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", one.Name, strings.TrimSpace(one.user.Notice))
	fmt.Fprintf(b, "`%s` · source [%s](../%s) · interface [I%s.sol](../%s/I%s.sol) · `cybermiles %s`\n\n", one.Address.Hex(), place, place, one.Name, place, one.Name, kebab(one.Name))
	b.WriteString("| method | command | |\n|---|---|---|\n")
	methods := one.sortedMethods()
	words := methodWords(methods)
	for _, m := range methods {
		command, notice := "`"+words[m.Sig]+"`", one.user.Methods[m.Sig].Notice
		if when := one.dev.Methods[m.Sig].System; when != "" {
			command, notice = "", notice+" The chain itself calls it "+when+"."
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", one.declaration(m), command, cell(notice))
	}
	if list := one.sortedErrors(); len(list) > 0 {
		b.WriteString("\n| error | |\n|---|---|\n")
		for _, e := range list {
			fmt.Fprintf(b, "| `%s` | %s |\n", e.Name+one.parameters(e.Inputs), cell(first(one.user.Errors[e.Sig]).Notice))
		}
	}
}

// declaration is a method as a reader of Solidity knows it.
func (i *Interface) declaration(m abi.Method) string {
	text := m.RawName + i.parameters(m.Inputs)
	if m.StateMutability != "nonpayable" {
		text += " " + m.StateMutability
	}
	if len(m.Outputs) > 0 {
		text += " → " + i.parameters(m.Outputs)
	}
	return text
}

func (i *Interface) parameters(list abi.Arguments) string {
	parts := make([]string, len(list))
	for n, p := range list {
		parts[n] = strings.TrimSpace(i.typeName(p.Type) + " " + p.Name)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// typeName writes a struct by its name instead of its fields.
func (i *Interface) typeName(t abi.Type) string {
	switch t.T {
	case abi.SliceTy:
		return i.typeName(*t.Elem) + "[]"
	case abi.ArrayTy:
		return fmt.Sprintf("%s[%d]", i.typeName(*t.Elem), t.Size)
	case abi.TupleTy:
		return strings.TrimPrefix(t.TupleRawName, "I"+i.Name)
	default:
		return t.String()
	}
}

// cell makes text fit into a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", "\\|")
}
