package main

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// listMarker is the line in package contracts above which new-contract enters
// a contract: inside a list of contract.Contract.
const listMarker = "// make new-contract enters more here"

const modulePath = "github.com/cybermiles/cybermiles"

// listed finds the list of the chain's contracts and enters one more: it gives
// the file and its new content.
func listed(root string, b blueprint) (path string, content []byte, err error) {
	paths, err := filepath.Glob(filepath.Join(root, "contracts", "*.go"))
	if err != nil {
		return "", nil, err
	}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			return "", nil, err
		}
		if strings.Contains(string(source), listMarker) {
			content, err := enter(string(source), b)
			if err != nil {
				return "", nil, fmt.Errorf("%s: %w", path, err)
			}
			return path, content, nil
		}
	}
	return "", nil, fmt.Errorf("no file of package contracts has the line %q: put it into the list of contracts", listMarker)
}

// enter adds a contract and its import to the list's source.
func enter(source string, b blueprint) ([]byte, error) {
	number := common.HexToAddress(b.Address).Big()
	source = strings.Replace(source, listMarker, fmt.Sprintf("%s.New(address(%#x)),\n%s", b.Package, number, listMarker), 1)
	imported := fmt.Sprintf("\t%q\n", modulePath+"/"+b.Part+"/"+b.Package)
	switch block, single := strings.Index(source, "\nimport (\n"), strings.Index(source, "\nimport \""); {
	case block >= 0:
		end := block + strings.Index(source[block:], "\n)") + 1
		source = source[:end] + imported + source[end:]
	case single >= 0:
		rest := source[single+len("\nimport "):]
		path, after, _ := strings.Cut(rest, "\n")
		source = source[:single] + "\nimport (\n\t" + path + "\n\n" + imported + ")\n" + after
	default:
		clause, after, _ := strings.Cut(source[strings.Index(source, "package "):], "\n")
		before := source[:strings.Index(source, "package ")]
		source = before + clause + "\n\nimport (\n" + imported + ")\n" + after
	}
	return format.Source([]byte(source))
}
