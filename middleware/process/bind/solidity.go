package bind

import (
	_ "embed" // the functions that every binding needs
	"encoding/hex"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/source"
)

//go:embed runtime.sol
var solidityRuntime string

// Solidity writes a library with struct Roles, struct Start, start(…) and, for
// each step, a function that completes it.
func Solidity(target Target) ([]byte, error) {
	p, err := newPlan(target)
	if err != nil {
		return nil, err
	}
	w := &source.Writer{}
	p.solidityHead(w)
	p.solidityStart(w)
	for i := range p.steps {
		p.solidityStep(w, &p.steps[i])
	}
	for _, s := range append([]step{p.start}, p.steps...) {
		solidityPack(w, &s)
	}
	w.WriteString("\n" + solidityRuntime + "}\n")
	return []byte(w.String()), nil
}

func (p *plan) solidityHead(w *source.Writer) {
	process := &p.Model.Processes[p.Process]
	w.Line(0, "// SPDX-License-Identifier: Apache-2.0")
	w.Line(0, "// Made by `cybermiles process bind`. Do not edit.")
	w.Line(0, "pragma solidity ^0.8.28;\n")
	w.Line(0, `import {IProcess} from "@cybermiles/contracts/process/IProcess.sol";`)
	w.Gap(0, "/// @title Process %s of the model %s", oneLine(process.ID), oneLine(p.Model.Name))
	w.Line(0, "/// @dev A number's name ends in the power of ten that it is scaled by, if any. Dates are days, dates and times and")
	w.Line(0, "/// durations seconds, since 1970-01-01 where they are moments. bytes are values in the wire form.")
	w.Line(0, "library %s {", p.Name)
	w.Line(1, "/// @notice The model, pinned by its hash: what it does never changes.")
	w.Line(1, "bytes32 internal constant MODEL = %s;", p.Model.Hash.Hex())
	w.Line(1, "string internal constant PROCESS = %s;", source.Literal(process.ID))
	w.Line(1, "IProcess internal constant PROCESSES = IProcess(0x000000000000000000000000000000000000C102);\n")
	w.Line(1, "/// @notice The step is not open.")
	w.Line(1, "error NotOpen(uint64 instance, string step);")
	w.Gap(1, "/// @notice Who has which role; the zero address is nobody.")
	w.Line(1, "struct Roles {")
	for _, role := range p.roles {
		w.Line(2, "address %s;", role.ident)
	}
	w.Line(1, "}")
	for _, s := range append([]step{p.start}, p.steps...) {
		if len(s.fields) == 0 {
			continue
		}
		w.Gap(1, "struct %s {", s.pascal)
		for _, f := range s.fields {
			w.Line(2, "%s %s;", f.solidity(), f.scaled())
		}
		w.Line(1, "}")
	}
}

// solidity is a field's type.
func (f field) solidity() string {
	name := map[feel.TypeKind]string{
		feel.TypeNumber: "int128", feel.TypeString: "string", feel.TypeBoolean: "bool", feel.TypeDate: "int64", feel.TypeTime: "string",
		feel.TypeDateTime: "int64", feel.TypeDuration: "int64", feel.TypeMonths: "int64", feel.TypeAny: "bytes",
	}[f.kind]
	if f.list {
		name += "[]"
	}
	return name
}

func (p *plan) solidityStart(w *source.Writer) {
	taken, packed := ", Start memory variables", "_packStart(variables)"
	if len(p.start.fields) == 0 {
		taken, packed = "", `""`
	}
	w.Gap(1, "/// @notice Starts an instance. valueWei is what it holds, depositWei pays for the gas of its timers.")
	w.Line(1, "function start(Roles memory roles%s, uint256 valueWei, uint256 depositWei) internal returns (uint64 instance) {", taken)
	w.Line(2, "return PROCESSES.start{value: valueWei + depositWei}(MODEL, PROCESS, _roles(roles), %s, depositWei);", packed)
	w.Line(1, "}")
	w.Gap(1, "/// @notice The token of an open step, by the step's number.")
	w.Line(1, "function task(uint64 instance, uint16 node, string memory step) internal view returns (uint32 token) {")
	w.Line(2, "IProcess.Task[] memory tasks = PROCESSES.tasksOf(instance);")
	w.Line(2, "for (uint256 i = 0; i < tasks.length; i++) {")
	w.Line(3, "if (tasks[i].node == node && _mayDo(tasks[i].account)) return tasks[i].token;")
	w.Line(2, "}")
	w.Line(2, "revert NotOpen(instance, step);")
	w.Line(1, "}")
	w.Gap(1, "function _roles(Roles memory roles) private pure returns (IProcess.Role[] memory list) {")
	w.Line(2, "uint256 n = 0;")
	w.Line(2, "list = new IProcess.Role[](%d);", len(p.roles))
	for _, role := range p.roles {
		w.Line(2, "if (roles.%s != address(0)) list[n++] = IProcess.Role(%s, roles.%s);", role.ident, source.Literal(role.name), role.ident)
	}
	w.Line(2, `assembly ("memory-safe") {`)
	w.Line(3, "mstore(list, n)")
	w.Line(2, "}")
	w.Line(1, "}")
}

func (p *plan) solidityStep(w *source.Writer, s *step) {
	taken, packed := fmt.Sprintf(", %s memory variables", s.pascal), fmt.Sprintf("_pack%s(variables)", s.pascal)
	if len(s.fields) == 0 {
		taken, packed = "", `""`
	}
	w.Gap(1, "/// @notice %s.", s.title())
	if s.message() {
		w.Line(1, "function %s(string memory key%s) internal returns (uint64 instance) {", s.ident, taken)
		w.Line(2, "return PROCESSES.correlate(%s, key, %s);", source.Literal(s.Events), packed)
	} else {
		w.Line(1, "function %s(uint64 instance%s, uint256 paidWei) internal {", s.ident, taken)
		w.Line(2, "PROCESSES.complete{value: paidWei}(instance, task(instance, %d, %s), %s);", s.Node, source.Literal(s.ID), packed)
	}
	w.Line(1, "}")
}

func solidityPack(w *source.Writer, s *step) {
	if len(s.fields) == 0 {
		return
	}
	w.Gap(1, "function _pack%s(%s memory v) private pure returns (bytes memory b) {", s.pascal, s.pascal)
	w.Line(2, `b = hex"0c%04x";`, len(s.fields))
	for _, f := range s.fields {
		key := fmt.Sprintf("%04x%s", len(f.name), hex.EncodeToString([]byte(f.name)))
		value := "v." + f.scaled()
		if !f.list {
			w.Line(2, `b = bytes.concat(b, hex"%s", %s);`, key, f.solidityPack(value))
			continue
		}
		w.Line(2, `b = bytes.concat(b, hex"%s0b", bytes4(uint32(%s.length)));`, key, value)
		w.Line(2, "for (uint256 i = 0; i < %s.length; i++) b = bytes.concat(b, %s);", value, f.solidityPack(value+"[i]"))
	}
	w.Line(1, "}")
}

func (f field) solidityPack(value string) string {
	switch f.kind {
	case feel.TypeNumber:
		return fmt.Sprintf("_packNumber(%s, %d)", value, -f.decimals)
	case feel.TypeString:
		return fmt.Sprintf("_packText(0x02, %s)", value)
	case feel.TypeTime:
		return fmt.Sprintf("_packText(0x06, %s)", value)
	case feel.TypeBoolean:
		return fmt.Sprintf("_packBool(%s)", value)
	case feel.TypeDate:
		return fmt.Sprintf("_packInt64(0x05, %s)", value)
	case feel.TypeDateTime:
		return fmt.Sprintf("_packInt64(0x08, %s)", value)
	case feel.TypeMonths:
		return fmt.Sprintf("_packInt64(0x0a, %s)", value)
	case feel.TypeDuration:
		return fmt.Sprintf("_packDuration(%s)", value)
	}
	return fmt.Sprintf("_packAny(%s)", value)
}
