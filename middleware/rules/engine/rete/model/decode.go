package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrModel is wrapped by every refusal of a model.
var ErrModel = errors.New("invalid rule model")

// Decode reads the binary form of a model and verifies it. It accepts exactly
// the bytes Encode gives: no trailing bytes, no overlong integers.
func Decode(data []byte) (*Model, error) {
	if len(data) > MaxEncoded {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrModel, len(data), MaxEncoded)
	}
	if !bytes.HasPrefix(data, magic) || len(data) <= len(magic) {
		return nil, fmt.Errorf("%w: it does not start with %q and a version", ErrModel, magic)
	}
	if v := data[len(magic)]; v != Version {
		return nil, fmt.Errorf("%w: version %d, this engine reads version %d", ErrModel, v, Version)
	}
	r := reader{in: data, at: len(magic) + 1}
	m := &Model{
		Consts: list(&r, MaxConsts, "constants", func(r *reader) Const {
			return Const{Type: Type(r.byte()), Text: r.text(MaxText)}
		}),
		Templates: list(&r, MaxTemplates, "templates", (*reader).template),
		Groups:    list(&r, MaxGroups, "agenda groups", func(r *reader) string { return r.text(MaxName) }),
		Functions: list(&r, MaxFunctions, "functions", (*reader).function),
		Rules:     list(&r, MaxRules, "rules", (*reader).rule),
	}
	if r.err == nil && r.at != len(data) {
		r.fail("%d bytes follow the model", len(data)-r.at)
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := m.Verify(); err != nil {
		return nil, err
	}
	return m, nil
}

type reader struct {
	in    []byte
	at    int
	depth int
	err   error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: at byte %d: %s", ErrModel, r.at, fmt.Sprintf(format, args...))
	}
}

func (r *reader) byte() byte {
	if r.err != nil || r.at >= len(r.in) {
		r.fail("unexpected end")
		return 0
	}
	r.at++
	return r.in[r.at-1]
}

func (r *reader) uint() uint32 {
	if r.err != nil {
		return 0
	}
	u, n := binary.Uvarint(r.in[r.at:])
	if n <= 0 || u > math.MaxUint32 || n > 1 && r.in[r.at+n-1] == 0 {
		r.fail("malformed integer")
		return 0
	}
	r.at += n
	return uint32(u)
}

func (r *reader) text(limit int) string {
	n := int(r.uint())
	if r.err != nil || n > limit || n > len(r.in)-r.at {
		r.fail("text of %d bytes, at most %d expected", n, limit)
		return ""
	}
	r.at += n
	return string(r.in[r.at-n : r.at])
}

// list reads a counted list. Every item takes at least one byte, so that a
// count beyond the input is refused before anything is allocated for it.
func list[T any](r *reader, limit int, what string, item func(*reader) T) []T {
	n := int(r.uint())
	if n > limit {
		r.fail("%d %s, the limit is %d", n, what, limit)
	}
	if r.err != nil || n > len(r.in)-r.at {
		r.fail("%d %s do not fit in the input", n, what)
		return nil
	}
	if n == 0 {
		return nil
	}
	items := make([]T, 0, min(n, 256))
	for i := 0; i < n && r.err == nil; i++ {
		items = append(items, item(r))
	}
	return items
}

func (r *reader) template() Template {
	return Template{
		Name: r.text(MaxName),
		Slots: list(r, MaxSlots, "slots", func(r *reader) Slot {
			return Slot{Name: r.text(MaxName), Type: Type(r.byte()), Default: r.uint() - 1}
		}),
	}
}

func (r *reader) code() Code {
	return Code{
		Nodes: list(r, MaxNodes, "expression nodes", func(r *reader) Node {
			n := Node{Op: Op(r.byte())}
			operands := [...]*uint32{&n.A, &n.B, &n.C}
			for _, operand := range operands[:operandCount(n.Op)] {
				*operand = r.uint()
			}
			return n
		}),
		Args: list(r, MaxNodes, "arguments", (*reader).uint),
	}
}

func (r *reader) function() Function {
	return Function{
		Name:   r.text(MaxName),
		Params: list(r, MaxParams, "parameters", func(r *reader) Type { return Type(r.byte()) }),
		Result: Type(r.byte()),
		Code:   r.code(),
		Body:   r.uint(),
	}
}

func (r *reader) rule() Rule {
	rule := Rule{Name: r.text(MaxName), Line: r.uint()}
	zigzag := r.uint()
	rule.Salience = int32(zigzag>>1) ^ -int32(zigzag&1)
	rule.Group = r.uint()
	flags := r.byte()
	if flags > 3 {
		r.fail("unknown rule flags %#x", flags)
	}
	rule.NoLoop, rule.LockOnActive = flags&1 != 0, flags&2 != 0
	rule.Code = r.code()
	rule.Conds = r.conds()
	rule.Actions = list(r, MaxActions, "actions", func(r *reader) Action {
		return Action{
			Kind: ActionKind(r.byte()), Target: r.uint(), Name: r.text(MaxName),
			Sets: list(r, MaxSlots, "values", func(r *reader) Set {
				return Set{Slot: r.uint(), Name: r.text(MaxName), Expr: r.uint()}
			}),
		}
	})
	return rule
}

func (r *reader) conds() []Cond {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > MaxGroupDepth+1 {
		r.fail("conditions nest deeper than %d", MaxGroupDepth)
		return nil
	}
	return list(r, MaxConds, "conditions", func(r *reader) Cond {
		return Cond{
			Kind: CondKind(r.byte()), Template: r.uint(),
			Tests: list(r, MaxTests, "constraints", (*reader).uint),
			Sub:   r.conds(),
			Folds: list(r, MaxFolds, "accumulate functions", func(r *reader) Fold {
				return Fold{Func: FoldFunc(r.byte()), Expr: r.uint()}
			}),
		}
	})
}
