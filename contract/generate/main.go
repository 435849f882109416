// Command generate makes everything that derives from the public interfaces of
// contracts in Go (protocol/*/I*.json and middleware/*/I*.json, which solc
// makes of the I*.sol beside them): the Go client's bindings, the command
// line's words, the npm package and the page of addresses. It also scaffolds a
// new contract. It makes no Go code that runs inside a block: a contract's
// methods are written by hand and compared with the ABI when the node starts.
//
//	go run ./contract/generate             write
//	go run ./contract/generate -check      fail if anything would change
//	go run ./contract/generate -new NAME   scaffold middleware/NAME
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	root := flag.String("root", ".", "`directory` of the repository")
	check := flag.Bool("check", false, "write nothing; fail if a file is not what would be written")
	scaffold := flag.String("new", "", "scaffold a contract of this `name`")
	part := flag.String("part", "middleware", "where a new contract belongs: protocol or middleware")
	flag.Parse()
	var err error
	if *scaffold != "" {
		err = newContract(*root, *part, *scaffold)
	} else {
		err = generate(*root, *check)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes, or checks, every derived file below a repository's root.
func generate(root string, check bool) error {
	interfaces, err := loadInterfaces(root)
	if err != nil {
		return err
	}
	files, err := derive(interfaces)
	if err != nil {
		return err
	}
	if check {
		return files.check(root)
	}
	return files.write(root)
}

// derive makes the content of every derived file.
func derive(interfaces []*Interface) (fileSet, error) {
	files := fileSet{}
	for _, add := range []func(fileSet, []*Interface) error{addMetadata, addBindings, addPackage, addPage} {
		if err := add(files, interfaces); err != nil {
			return nil, err
		}
	}
	return files, nil
}
