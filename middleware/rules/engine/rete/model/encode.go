package model

import (
	"encoding/binary"
	"fmt"
)

// Version is the version of the binary form.
const Version = 1

var magic = []byte("CMRL")

// Encode verifies m and gives its binary form. Equal models have equal bytes.
func Encode(m *Model) ([]byte, error) {
	if err := m.Verify(); err != nil {
		return nil, err
	}
	w := writer{out: append(append(make([]byte, 0, 4096), magic...), Version)}
	w.each(len(m.Consts), func(i int) {
		w.byte(byte(m.Consts[i].Type))
		w.text(m.Consts[i].Text)
	})
	w.each(len(m.Templates), func(i int) { w.template(&m.Templates[i]) })
	w.each(len(m.Groups), func(i int) { w.text(m.Groups[i]) })
	w.each(len(m.Functions), func(i int) { w.function(&m.Functions[i]) })
	w.each(len(m.Rules), func(i int) { w.rule(&m.Rules[i]) })
	if len(w.out) > MaxEncoded {
		return nil, fmt.Errorf("%w: the model needs %d bytes, the limit is %d", ErrModel, len(w.out), MaxEncoded)
	}
	return w.out, nil
}

type writer struct{ out []byte }

func (w *writer) byte(b byte)   { w.out = append(w.out, b) }
func (w *writer) uint(u uint32) { w.out = binary.AppendUvarint(w.out, uint64(u)) }

func (w *writer) text(s string) {
	w.uint(uint32(len(s)))
	w.out = append(w.out, s...)
}

func (w *writer) each(n int, item func(i int)) {
	w.uint(uint32(n))
	for i := range n {
		item(i)
	}
}

func (w *writer) uints(list []uint32) {
	w.each(len(list), func(i int) { w.uint(list[i]) })
}

func (w *writer) template(t *Template) {
	w.text(t.Name)
	w.each(len(t.Slots), func(i int) {
		w.text(t.Slots[i].Name)
		w.byte(byte(t.Slots[i].Type))
		w.uint(t.Slots[i].Default + 1)
	})
}

func (w *writer) code(c *Code) {
	w.each(len(c.Nodes), func(i int) {
		n := c.Nodes[i]
		w.byte(byte(n.Op))
		operands := [...]uint32{n.A, n.B, n.C}
		for _, operand := range operands[:operandCount(n.Op)] {
			w.uint(operand)
		}
	})
	w.uints(c.Args)
}

// operandCount is the number of fields of a node that op gives a meaning to.
func operandCount(op Op) int {
	switch op {
	case OpConst, OpParam, OpLocal:
		return 1
	case OpField:
		return 2
	case OpCall:
		return 3
	}
	return max(op.Arity(), 0)
}

func (w *writer) function(f *Function) {
	w.text(f.Name)
	w.each(len(f.Params), func(i int) { w.byte(byte(f.Params[i])) })
	w.byte(byte(f.Result))
	w.code(&f.Code)
	w.uint(f.Body)
}

func (w *writer) rule(r *Rule) {
	w.text(r.Name)
	w.uint(r.Line)
	w.uint(uint32(r.Salience<<1) ^ uint32(r.Salience>>31))
	w.uint(r.Group)
	var flags byte
	if r.NoLoop {
		flags |= 1
	}
	if r.LockOnActive {
		flags |= 2
	}
	w.byte(flags)
	w.code(&r.Code)
	w.conds(r.Conds)
	w.each(len(r.Actions), func(i int) {
		a := &r.Actions[i]
		w.byte(byte(a.Kind))
		w.uint(a.Target)
		w.text(a.Name)
		w.each(len(a.Sets), func(j int) {
			w.uint(a.Sets[j].Slot)
			w.text(a.Sets[j].Name)
			w.uint(a.Sets[j].Expr)
		})
	})
}

func (w *writer) conds(conds []Cond) {
	w.each(len(conds), func(i int) {
		c := &conds[i]
		w.byte(byte(c.Kind))
		w.uint(c.Template)
		w.uints(c.Tests)
		w.conds(c.Sub)
		w.each(len(c.Folds), func(j int) {
			w.byte(byte(c.Folds[j].Func))
			w.uint(c.Folds[j].Expr)
		})
	})
}
