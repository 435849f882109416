package bind

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/source"
)

// RuleTarget is what a binding of a rule set is for.
type RuleTarget struct {
	Rules    *model.Model
	Hash     common.Hash // the binding runs these rules and no others
	Name     string      // of the rule set, for people
	Library  string      // its name; "" derives it from Name
	Decimals int         // of decimals in Solidity, unless Scales says otherwise
	Scales   map[string]int
}

func (t *RuleTarget) library() string {
	if t.Library != "" {
		return t.Library
	}
	return source.Pascal(t.Name)
}

// slotKinds are the slot types as FEEL's, which the wire form is of.
var slotKinds = map[model.Type]feel.TypeKind{
	model.Int: feel.TypeNumber, model.Decimal: feel.TypeNumber, model.String: feel.TypeString, model.Boolean: feel.TypeBoolean,
}

// ruleSet are the shapes of a rule set's templates and of its results.
func (g *generator) ruleSet(m *model.Model, taken map[string]bool) (templates, results []*shape, err error) {
	if templates, err = g.templates(m, taken); err == nil {
		results, err = g.results(m, taken)
	}
	return templates, results, err
}

// templates are the structs of a rule set's templates, in its order.
func (g *generator) templates(m *model.Model, taken map[string]bool) ([]*shape, error) {
	var list []*shape
	for i := range m.Templates {
		t := &m.Templates[i]
		s := &shape{kind: feel.TypeContext, solidity: unique(source.Pascal(t.Name), taken), source: t.Name}
		members := map[string]bool{}
		for _, slot := range t.Slots {
			member, err := g.emitted(slot.Name, slot.Type)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", t.Name, slot.Name, err)
			}
			s.fields = append(s.fields, field{slot.Name, unique(g.memberName(slot.Name, member.decimals), members), member})
		}
		list = append(list, s)
	}
	return list, nil
}

// results are the structs of what rules emit, one for each name whose fields are
// alike wherever it is emitted. A field that is a list holds what it collected.
func (g *generator) results(m *model.Model, taken map[string]bool) ([]*shape, error) {
	emissions, err := m.Emissions()
	if err != nil {
		return nil, err
	}
	byName := map[string]*model.Emission{}
	unlike := map[string]bool{}
	var names []string
	for i := range emissions {
		e := &emissions[i]
		former := byName[e.Name]
		if former == nil {
			byName[e.Name] = e
			names = append(names, e.Name)
			continue
		}
		unlike[e.Name] = unlike[e.Name] || !merge(former, e)
	}
	var list []*shape
	for _, name := range names {
		if unlike[name] {
			continue
		}
		s := &shape{kind: feel.TypeContext, solidity: unique(source.Pascal(name)+"Result", taken), source: name}
		members := map[string]bool{}
		for _, f := range byName[name].Fields {
			member, err := g.emitted(f.Name, f.Type)
			if err != nil {
				return nil, fmt.Errorf("result %q, field %s: %w", name, f.Name, err)
			}
			s.fields = append(s.fields, field{f.Name, unique(g.memberName(f.Name, member.scale()), members), member})
		}
		list = append(list, s)
	}
	return list, nil
}

// merge widens the fields of an emission by those of another; false when they are
// not alike.
func merge(e, other *model.Emission) bool {
	if len(e.Fields) != len(other.Fields) {
		return false
	}
	for i := range e.Fields {
		a, b := &e.Fields[i], other.Fields[i]
		switch {
		case a.Name != b.Name:
			return false
		case a.Type.Numeric() && b.Type.Numeric():
			a.Type = max(a.Type, b.Type) // decimal holds both
		case a.Type != b.Type:
			return false
		}
	}
	return true
}

func (g *generator) emitted(name string, t model.Type) (*shape, error) {
	if t.IsList() {
		elem, err := g.emitted(name, t.Element())
		if err != nil {
			return nil, err
		}
		return &shape{kind: feel.TypeList, solidity: elem.solidity + "[]", elem: elem}, nil
	}
	member := &shape{kind: slotKinds[t], solidity: simple[slotKinds[t]]}
	if t.Numeric() {
		number, err := g.number(name)
		if err != nil {
			return nil, err
		}
		if member.solidity = number.solidity; t == model.Decimal {
			member.decimals = number.decimals
		}
	}
	return member, nil
}

// RulesSolidity writes a library with a struct for each template and functions
// that insert, update and list facts and fire the rules of a session.
func RulesSolidity(target RuleTarget) ([]byte, error) {
	if target.library() != source.Pascal(target.library()) {
		return nil, fmt.Errorf("%q is no name for a library; %q is", target.Library, source.Pascal(target.Library))
	}
	g := &generator{target: Target{Decimals: target.Decimals, Scales: target.Scales}, language: solidity}
	taken := map[string]bool{"WireReader": true, "IRules": true}
	templates, results, err := g.ruleSet(target.Rules, taken)
	if err != nil {
		return nil, err
	}
	w := &writer{}
	w.ruleHeader(&target, templates)
	for _, s := range append(templates, results...) {
		w.record(s)
	}
	w.Line(0, "%s", sessionFunctions)
	for i, s := range templates {
		w.template(i, s)
	}
	for _, s := range results {
		w.result(s)
		w.read(s)
	}
	w.lists(results)
	w.WriteString("\n" + runtime + "}\n")
	return []byte(w.String()), nil
}

func (w *writer) ruleHeader(t *RuleTarget, templates []*shape) {
	w.Line(0, "// SPDX-License-Identifier: Apache-2.0")
	w.Line(0, "// Made by `cybermiles rules bind`. Do not edit.")
	w.Line(0, "pragma solidity ^0.8.28;\n")
	w.Line(0, `import {IRules} from "@cybermiles/contracts/rules/IRules.sol";`)
	w.Line(0, "\n/// @title The rule set %s", quoted(t.Name))
	w.Line(0, "/// @dev A number's name ends in the power of ten that it is scaled by: amountE2 counts hundredths.")
	w.Line(0, "library %s {", t.library())
	w.Line(1, "/// @notice The rule set, pinned by its hash: its rules never change.")
	w.Line(1, "bytes32 internal constant MODEL = %s;", t.Hash.Hex())
	w.Line(1, "IRules internal constant RULES = IRules(0x000000000000000000000000000000000000c101);\n")
	w.Line(1, "/// @notice A slot is null where a value is needed.")
	w.Line(1, "error NoResult(string what);")
	w.Line(1, "/// @notice The value does not fit the type of its member.")
	w.Line(1, "error OutOfRange(string what);")
	w.Line(1, "/// @notice The fact has other slots than its template.")
	w.Line(1, "error Malformed();")
	for i, s := range templates {
		w.Gap(1, "/// @notice Place of the template %s.", s.source)
		w.Line(1, "uint32 internal constant %s = %d;", templateConstant(s), i)
	}
}

func templateConstant(s *shape) string { return "TEMPLATE_" + s.solidity }

// sessionFunctions are those that do not depend on a template.
const sessionFunctions = `
    /// @notice Opens a session of the calling contract's.
    function open() internal returns (uint64 session) {
        return RULES.open(MODEL);
    }

    /// @notice Takes a fact out.
    function retract(uint64 session, uint64 id) internal {
        RULES.retract(session, id);
    }

    /// @notice Fires rules until nothing is left, a rule halts, maxFirings have fired (0: no limit) or the gas comes to its end.
    function fire(uint64 session, uint64 maxFirings) internal returns (IRules.Status status, uint64 firings, IRules.Result[] memory results) {
        return RULES.fire(session, maxFirings);
    }

    /// @notice Clears a session; call again until it is done.
    function close(uint64 session) internal returns (bool done) {
        return RULES.close(session);
    }

    /// @notice Runs the rules on packed facts within this call: nothing stays.
    function run(bytes[] memory facts) internal view returns (IRules.Result[] memory results, IRules.Fact[] memory left) {
        return RULES.run(MODEL, facts);
    }`

// template writes the functions of a template.
func (w *writer) template(place int, s *shape) {
	t := s.solidity
	w.Gap(1, "/// @notice A fact as the rules take it.")
	w.Line(1, "function pack(%s memory v) internal pure returns (bytes memory b) {", t)
	if len(s.fields) == 0 {
		w.Line(2, "v;")
	}
	w.Line(2, `b = hex"%04x";`, place)
	for _, f := range s.fields {
		w.Line(2, "b = bytes.concat(b, %s);", packCall(f.shape, "v."+f.ident))
	}
	w.Line(1, "}")
	w.Gap(1, "/// @notice Inserts a fact; what rules make of it waits for fire.")
	w.Line(1, "function insert(uint64 session, %s memory fact) internal returns (uint64 id) {", t)
	w.Line(2, "return RULES.insert(session, pack(fact));")
	w.Line(1, "}")
	w.Gap(1, "/// @notice Inserts several facts, in order.")
	w.Line(1, "function insertMany(uint64 session, %s[] memory facts) internal returns (uint64[] memory ids) {", t)
	w.Line(2, "bytes[] memory packed = new bytes[](facts.length);")
	w.Line(2, "for (uint256 i = 0; i < facts.length; i++) packed[i] = pack(facts[i]);")
	w.Line(2, "return RULES.insertMany(session, packed);")
	w.Line(1, "}")
	w.Gap(1, "/// @notice Changes a fact, which keeps its number and is new to every rule.")
	w.Line(1, "function update(uint64 session, uint64 id, %s memory fact) internal {", t)
	w.Line(2, "RULES.update(session, id, pack(fact));")
	w.Line(1, "}")
	w.Gap(1, "/// @notice Reads the slots of a fact of this template.")
	w.Line(1, "function read%s(bytes memory slots) internal pure returns (%s memory v) {", t, t)
	w.Line(2, "WireReader memory r = WireReader(slots, 0);")
	if len(s.fields) == 0 {
		w.Line(2, "v.none = false;")
	}
	for _, f := range s.fields {
		w.Line(2, "v.%s = %s;", f.ident, readCall(f.shape, source.Literal(f.name)))
	}
	w.Line(2, "_end(r);")
	w.Line(1, "}")
	w.Gap(1, "/// @notice Lists facts of this template, looking at limit facts of the session from cursor on; next is 0 at the end.")
	w.Line(1, "function query%s(uint64 session, uint64 cursor, uint64 limit) internal view returns (%s[] memory facts, uint64[] memory ids, uint64 next) {", t, t)
	w.Line(2, "IRules.Fact[] memory page;")
	w.Line(2, "(page, next) = RULES.query(session, %s, cursor, limit);", templateConstant(s))
	w.Line(2, "facts = new %s[](page.length);", t)
	w.Line(2, "ids = new uint64[](page.length);")
	w.Line(2, "for (uint256 i = 0; i < page.length; i++) (facts[i], ids[i]) = (read%s(page[i].slots), page[i].id);", t)
	w.Line(1, "}")
}

// result writes the functions of a result.
func (w *writer) result(s *shape) {
	t := s.solidity
	w.Gap(1, "/// @notice Whether a result is %s.", quoted(s.source))
	w.Line(1, "function is%s(IRules.Result memory result) internal pure returns (bool) {", t)
	w.Line(2, "return keccak256(bytes(result.name)) == %s;", keyHash(s.source))
	w.Line(1, "}")
	w.Gap(1, "/// @notice Reads the fields of such a result.")
	w.Line(1, "function read%s(IRules.Result memory result) internal pure returns (%s memory v) {", t, t)
	w.Line(2, "WireReader memory r = WireReader(result.fields, 0);")
	w.Line(2, "v = _read%s(r);", t)
	w.Line(2, "_end(r);")
	w.Line(1, "}")
}
