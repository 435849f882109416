package bind

import (
	_ "embed" // the functions that every binding needs
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/source"
)

//go:embed runtime.sol
var runtime string

// Solidity writes a library with struct Input, struct Output and
// evaluate(Input) returns (Output). A number is an integer scaled by a power of
// ten, which its name ends in: feeRateE4 counts ten-thousandths.
func Solidity(target Target) ([]byte, error) {
	if target.Library != "" && target.Library != source.Pascal(target.Library) {
		return nil, fmt.Errorf("%q is no name for a library; %q is", target.Library, source.Pascal(target.Library))
	}
	b, err := bindDecision(target, solidity, "WireReader")
	if err != nil {
		return nil, err
	}
	if len(b.out.fields) > 256 || len(b.in.fields) > 1<<16-1 {
		return nil, errors.New("a struct of more than 256 members; bind a smaller decision")
	}
	w := &writer{}
	w.header(target)
	for _, s := range b.structs {
		w.record(s)
	}
	w.entry(b.out, b.boxed)
	for _, s := range b.structs {
		w.pack(s)
		w.read(s)
	}
	w.lists(b.structs)
	w.WriteString("\n" + runtime + "}\n")
	return []byte(w.String()), nil
}

type writer struct {
	source.Writer
	known map[string]bool // list functions that are written
}

func (w *writer) header(t Target) {
	library := t.Library
	if library == "" {
		library = source.Pascal(t.Model.Name)
	}
	w.Line(0, "// SPDX-License-Identifier: Apache-2.0")
	w.Line(0, "// Made by `cybermiles rules bind`. Do not edit.")
	w.Line(0, "pragma solidity ^0.8.28;\n")
	w.Line(0, `import {IRules} from "@cybermiles/contracts/rules/IRules.sol";`)
	w.Line(0, "\n/// @title Decision %s of the model %s", quoted(t.Decision), quoted(t.Model.Name))
	w.Line(0, "/// @dev A number's name ends in the power of ten that it is scaled by: rateE4 counts ten-thousandths. Dates are days,")
	w.Line(0, "/// dates and times and durations seconds, since 1970-01-01 where they are moments. bytes are values in the wire form.")
	w.Line(0, "library %s {", library)
	w.Line(1, "/// @notice The model, pinned by its hash: what it answers never changes.")
	w.Line(1, "bytes32 internal constant MODEL = %s;", t.Hash.Hex())
	w.Line(1, "string internal constant DECISION = %s;", source.Literal(t.Decision))
	w.Line(1, "IRules internal constant RULES = IRules(0x000000000000000000000000000000000000c101);\n")
	w.Line(1, "/// @notice The model answers null where a value is needed: no rule matched, or an input was out of its type.")
	w.Line(1, "error NoResult(string what);")
	w.Line(1, "/// @notice The value does not fit the type of its field.")
	w.Line(1, "error OutOfRange(string what);")
	w.Line(1, "/// @notice The answer has another type than the model declares.")
	w.Line(1, "error Malformed();")
}

// quoted is a name within a comment.
func quoted(name string) string {
	return `"` + strings.Map(func(c rune) rune {
		if c < ' ' || c == '\u2028' || c == '\u2029' || c == 0x7f || c == '\u0085' {
			return ' '
		}
		return c
	}, name) + `"`
}

func (w *writer) record(s *shape) {
	w.Gap(1, "struct %s {", s.solidity)
	for _, f := range s.fields {
		w.Line(2, "%s %s; // %s", f.shape.solidity, f.ident, quoted(f.name))
	}
	if len(s.fields) == 0 {
		w.Line(2, "bool none; // the model has no inputs")
	}
	w.Line(1, "}")
}

func (w *writer) entry(out *shape, boxed bool) {
	w.Gap(1, "/// @notice Evaluates the decision.")
	w.Line(1, "function evaluate(Input memory input) internal view returns (Output memory output) {")
	w.Line(2, "return unpack(RULES.evaluate(MODEL, DECISION, pack(input)));")
	w.Line(1, "}")
	w.Gap(1, "/// @notice Evaluates the decision for several inputs in one call.")
	w.Line(1, "function evaluateBatch(Input[] memory inputs) internal view returns (Output[] memory outputs) {")
	w.Line(2, "bytes[] memory packed = new bytes[](inputs.length);")
	w.Line(2, "for (uint256 i = 0; i < inputs.length; i++) packed[i] = pack(inputs[i]);")
	w.Line(2, "packed = RULES.evaluateBatch(MODEL, DECISION, packed);")
	w.Line(2, "outputs = new Output[](inputs.length);")
	w.Line(2, "for (uint256 i = 0; i < inputs.length; i++) outputs[i] = unpack(packed[i]);")
	w.Line(1, "}")
	w.Gap(1, "/// @notice The inputs in the wire form.")
	w.Line(1, "function pack(Input memory input) internal pure returns (bytes memory) {")
	w.Line(2, "return _packInput(input);")
	w.Line(1, "}")
	w.Gap(1, "/// @notice Reads what the decision answers.")
	w.Line(1, "function unpack(bytes memory data) internal pure returns (Output memory output) {")
	w.Line(2, "WireReader memory r = WireReader(data, 0);")
	if boxed {
		w.Line(2, "output.%s = %s;", out.fields[0].ident, readCall(out.fields[0].shape, source.Literal(out.fields[0].name)))
	} else {
		w.Line(2, "output = _readOutput(r);")
	}
	w.Line(2, "_end(r);")
	w.Line(1, "}")
}

func (w *writer) pack(s *shape) {
	if s.solidity == "Output" {
		return
	}
	w.Gap(1, "function _pack%s(%s memory v) private pure returns (bytes memory b) {", s.solidity, s.solidity)
	if len(s.fields) == 0 {
		w.Line(2, "v;")
	}
	w.Line(2, `b = hex"0c%04x";`, len(s.fields))
	for _, f := range s.fields {
		w.Line(2, `b = bytes.concat(b, hex"%s", %s);`, keyBytes(f.name), packCall(f.shape, "v."+f.ident))
	}
	w.Line(1, "}")
}

func packCall(s *shape, value string) string {
	switch s.kind {
	case feel.TypeNumber:
		return fmt.Sprintf("_packNumber(%s, %d)", value, -s.decimals)
	case feel.TypeString:
		return fmt.Sprintf("_packText(0x02, %s)", value)
	case feel.TypeTime:
		return fmt.Sprintf("_packText(0x06, %s)", value)
	case feel.TypeBoolean:
		return fmt.Sprintf("_packBool(%s)", value)
	case feel.TypeDuration:
		return fmt.Sprintf("_packDuration(%s)", value)
	case feel.TypeContext:
		return fmt.Sprintf("_pack%s(%s)", s.solidity, value)
	case feel.TypeList:
		return fmt.Sprintf("_pack%s(%s)", listName(s), value)
	}
	if tag, ok := int64Tags[s.kind]; ok {
		return fmt.Sprintf("_packInt64(%#04x, %s)", tag, value)
	}
	return value
}

// int64Tags are the tags of values of eight bytes.
var int64Tags = map[feel.TypeKind]int{feel.TypeDate: 0x05, feel.TypeDateTime: 0x08, feel.TypeMonths: 0x0a}

func readCall(s *shape, name string) string {
	switch s.kind {
	case feel.TypeNumber:
		return fmt.Sprintf("_readNumber(r, %d, %s)", s.decimals, name)
	case feel.TypeString:
		return fmt.Sprintf("_readText(r, 0x02, %s)", name)
	case feel.TypeTime:
		return fmt.Sprintf("_readText(r, 0x06, %s)", name)
	case feel.TypeBoolean:
		return fmt.Sprintf("_readBool(r, %s)", name)
	case feel.TypeDuration:
		return fmt.Sprintf("_readDuration(r, %s)", name)
	case feel.TypeContext:
		return fmt.Sprintf("_read%s(r)", s.solidity)
	case feel.TypeList:
		return fmt.Sprintf("_read%s(r)", listName(s))
	}
	if tag, ok := int64Tags[s.kind]; ok {
		return fmt.Sprintf("_readInt64(r, %#04x, %s)", tag, name)
	}
	return "_readAny(r)"
}

func (w *writer) read(s *shape) {
	if s.solidity == "Input" {
		return
	}
	w.Gap(1, "function _read%s(WireReader memory r) private pure returns (%s memory v) {", s.solidity, s.solidity)
	w.Line(2, "_expect(r, 0x0c, %s);", source.Literal(s.solidity))
	w.Line(2, "uint256 found = 0;")
	w.Line(2, "for (uint256 n = _take(r, 2); n > 0; n--) {")
	w.Line(3, "bytes32 key = _key(r);")
	for i, f := range s.fields {
		w.Line(3, "if (key == %s) {", keyHash(f.name))
		w.Line(4, "v.%s = %s;", f.ident, readCall(f.shape, source.Literal(f.name)))
		w.Line(4, "found |= 1 << %d;", i)
		w.Line(4, "continue;")
		w.Line(3, "}")
	}
	w.Line(3, "_skip(r);")
	w.Line(2, "}")
	w.Line(2, "if (found != (1 << %d) - 1) revert NoResult(%s);", len(s.fields), source.Literal(s.solidity))
	w.Line(1, "}")
}

// listName is what the functions of a list's type are called.
func listName(s *shape) string {
	if s.kind == feel.TypeList {
		return listName(s.elem) + "List"
	}
	switch s.kind {
	case feel.TypeNumber:
		return fmt.Sprintf("NumberE%d", s.decimals)
	case feel.TypeContext:
		return s.solidity
	}
	names := map[feel.TypeKind]string{
		feel.TypeString: "String", feel.TypeBoolean: "Bool", feel.TypeDate: "Date", feel.TypeTime: "Time",
		feel.TypeDateTime: "DateTime", feel.TypeDuration: "Duration", feel.TypeMonths: "Months", feel.TypeAny: "Any",
	}
	return names[s.kind]
}

func (w *writer) lists(structs []*shape) {
	w.known = map[string]bool{}
	for _, s := range structs {
		for _, f := range s.fields {
			w.list(f.shape)
		}
	}
}

func (w *writer) list(s *shape) {
	name := listName(s)
	if s.kind != feel.TypeList || w.known[name] {
		return
	}
	w.known[name] = true
	w.Gap(1, "function _pack%s(%s memory v) private pure returns (bytes memory b) {", name, s.solidity)
	w.Line(2, `b = abi.encodePacked(uint8(0x0b), uint32(v.length));`)
	w.Line(2, "for (uint256 i = 0; i < v.length; i++) b = bytes.concat(b, %s);", packCall(s.elem, "v[i]"))
	w.Line(1, "}")
	w.Gap(1, "function _read%s(WireReader memory r) private pure returns (%s memory v) {", name, s.solidity)
	w.Line(2, "_expect(r, 0x0b, %s);", source.Literal(name))
	w.Line(2, "uint256 n = _take(r, 4);")
	w.Line(2, "if (n > r.data.length) revert Malformed();")
	// new T[](n) with T itself a list needs the dimension in front.
	base, rest, _ := strings.Cut(s.solidity, "[]")
	w.Line(2, "v = new %s%s[](n);", base, rest)
	w.Line(2, "for (uint256 i = 0; i < n; i++) v[i] = %s;", readCall(s.elem, source.Literal(name)))
	w.Line(1, "}")
	w.list(s.elem)
}
