package compiler

import (
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// refuseCycles finds decisions whose requirements lead back to themselves.
// Knowledge may refer to itself: recursion ends at the limit of calls.
func (c *compiler) refuseCycles() error {
	state := make([]int, len(c.model.Elements))
	var path []string
	var visit func(i int) error
	visit = func(i int) error {
		el := &c.model.Elements[i]
		if el.Kind != dmn.Decision || state[i] == 2 || el.Logic == nil {
			return nil
		}
		path = append(path, el.Name)
		defer func() { path = path[:len(path)-1] }()
		if state[i] == 1 {
			return fmt.Errorf("%w: decisions require each other: %s", ErrRefused, strings.Join(path, " requires "))
		}
		state[i] = 1
		for _, g := range globals(el.Logic, nil) {
			if err := visit(g); err != nil {
				return err
			}
		}
		state[i] = 2
		return nil
	}
	for i := range c.model.Elements {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// globals appends the globals that an expression refers to.
func globals(e feel.Expr, out []int) []int {
	if g, ok := e.(*feel.Global); ok {
		return append(out, g.Index)
	}
	for _, child := range feel.Children(e) {
		out = globals(child, out)
	}
	return out
}
