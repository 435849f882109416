package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/abigen"
)

// addBindings makes client/contracts/<name>.go with go-ethereum's generator.
func addBindings(files fileSet, interfaces []*Interface) error {
	for _, one := range interfaces {
		code, err := bind(one)
		if err != nil {
			return fmt.Errorf("bind I%s: %w", one.Name, err)
		}
		files["client/contracts/"+one.file()+".go"] = code
	}
	return nil
}

func bind(one *Interface) (string, error) {
	renamed, err := renameTypes(one.rawABI, one.Name)
	if err != nil {
		return "", err
	}
	code, err := abigen.BindV2([]string{one.Name}, []string{renamed}, []string{""}, "contracts", nil, nil)
	if err != nil {
		return "", err
	}
	code = strings.Replace(code, "// Code generated via abigen V2 - DO NOT EDIT.\n// This file is a generated binding and any manual changes will be lost.\n", "// "+header+"\n", 1)
	if !strings.HasPrefix(code, "// "+header) {
		return "", fmt.Errorf("the generator's header has changed")
	}
	code = prefixOutputs(code, one)
	if code, err = guardErrors(code, len(one.ABI.Errors) > 0); err != nil {
		return "", err
	}
	if one.Fixed {
		code += fmt.Sprintf("\n// %sAddress is where the contract is on every chain.\nvar %sAddress = common.HexToAddress(%q)\n", one.Name, one.Name, one.Address.Hex())
	}
	code = documentMethods(code, one)
	formatted, err := format.Source([]byte(code))
	return string(formatted), err
}

// renameTypes gives Solidity's structs names that are unique in the package:
// IStaking.Validator becomes StakingValidator, and another interface's
// ILockup.Lock, used by IStaking, StakingLockupLock.
func renameTypes(rawABI json.RawMessage, name string) (string, error) {
	var tree any
	if err := json.Unmarshal(rawABI, &tree); err != nil {
		return "", err
	}
	renameIn(tree, name)
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(tree)
	return strings.TrimSpace(text.String()), err
}

func renameIn(node any, name string) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			renameIn(child, name)
		}
	case map[string]any:
		for _, child := range node {
			renameIn(child, name)
		}
		if node["type"] == "function" {
			renameReceiver(node["inputs"], name)
		}
		internal, _ := node["internalType"].(string)
		if path, isStruct := strings.CutPrefix(internal, "struct "); isStruct {
			owner, member, qualified := strings.Cut(path, ".")
			switch {
			case !qualified:
				member = owner
			case owner != "I"+name:
				member = strings.TrimPrefix(owner, "I") + member
			}
			node["internalType"] = "struct " + name + "." + member
		}
	}
}

// renameReceiver gives a parameter that is called as the contract another name:
// the generated methods' receiver has it.
func renameReceiver(inputs any, name string) {
	list, _ := inputs.([]any)
	for _, each := range list {
		input, _ := each.(map[string]any)
		if called, _ := input["name"].(string); called == strings.ToLower(name[:1])+name[1:] {
			input["name"] = called + "Arg"
		}
	}
}

// prefixOutputs renames the structs of several results, which the generator
// calls after the method alone.
func prefixOutputs(code string, one *Interface) string {
	for key, method := range one.ABI.Methods {
		if len(method.Outputs) < 2 {
			continue
		}
		output := abi.ToCamelCase(key) + "Output"
		code = regexp.MustCompile(`\b`+output+`\b`).ReplaceAllString(code, one.Name+output)
	}
	return code
}

// guardErrors makes UnpackError refuse data that is too short for a selector,
// which the generator's code would slice beyond its end.
func guardErrors(code string, has bool) (string, error) {
	const start = "UnpackError(raw []byte) (any, error) {\n"
	if has != strings.Contains(code, start) {
		return "", fmt.Errorf("the generator's UnpackError has changed")
	}
	return strings.Replace(code, start, start+"\tif len(raw) < 4 {\n\t\treturn nil, errors.New(\"shorter than a selector\")\n\t}\n", 1), nil
}

// documentMethods puts the interface's own words into the comments.
func documentMethods(code string, one *Interface) string {
	for key, method := range one.ABI.Methods {
		name := abi.ToCamelCase(key)
		sentence := "packs a call of " + method.RawName + ". " + one.user.Methods[method.Sig].Notice
		if slices.ContainsFunc(method.Inputs, func(input abi.Argument) bool { return input.Type.GetType().Kind() == reflect.Pointer }) {
			sentence += " Numbers must not be nil."
		}
		code = replaceComment(code, "Pack"+name, sentence)
		code = replaceComment(code, "TryPack"+name, sentence)
		code = replaceComment(code, "Unpack"+name, "unpacks what "+method.RawName+" returns.")
	}
	for key, event := range one.ABI.Events {
		code = replaceComment(code, one.Name+abi.ToCamelCase(key), "is the event "+event.RawName+". "+one.user.Events[event.Sig].Notice)
	}
	for key, e := range one.ABI.Errors {
		code = replaceComment(code, one.Name+abi.ToCamelCase(key), "is the error "+e.Name+". "+first(one.user.Errors[e.Sig]).Notice)
	}
	return replaceComment(code, one.Name, "packs and unpacks the calls, events and errors of the contract. "+one.user.Notice)
}

// replaceComment rewrites the generator's first sentence about a name, up to
// the comment's end or its signature in Solidity.
func replaceComment(code, name, sentence string) string {
	pattern := regexp.MustCompile(`(?m)^// ` + name + ` (?:is|represents|will|that)\b.*\n(?://\s.*\n)*?(//\n|type |func )`)
	sentence = strings.Join(strings.Fields(sentence), " ")
	return pattern.ReplaceAllStringFunc(code, func(old string) string {
		parts := pattern.FindStringSubmatch(old)
		return "// " + name + " " + sentence + "\n" + parts[1]
	})
}
