package feel

// MaxDepth bounds how deep expressions nest in a compiled model.
const MaxDepth = 400

// Parent is implemented by expressions of other packages that hold
// expressions.
type Parent interface {
	// Children are the expressions directly within.
	Children() []Expr
}

// Children are the expressions directly within e.
func Children(e Expr) []Expr {
	switch x := e.(type) {
	case *ItemName:
		return []Expr{x.Else}
	case *Binary:
		return []Expr{x.Left, x.Right}
	case *Negation:
		return []Expr{x.Operand}
	case *Between:
		return []Expr{x.Value, x.Low, x.High}
	case *In:
		return []Expr{x.Value, x.Test}
	case *TypeTest:
		return []Expr{x.Value}
	case *Cast:
		return []Expr{x.Value}
	case *If:
		return []Expr{x.Cond, x.Then, x.Else}
	case *For:
		return append(iteratorExprs(x.Iterators), x.Body)
	case *Quantified:
		return append(iteratorExprs(x.Iterators), x.Body)
	case *Filter:
		return []Expr{x.List, x.Predicate}
	case *Path:
		return []Expr{x.Object}
	case *Call:
		return append([]Expr{x.Function}, x.Args...)
	case *ListOf:
		return x.Items
	case *ContextOf:
		return present(append(append([]Expr{}, x.Values...), x.Result)...)
	case *RangeOf:
		return present(x.Start, x.End)
	case *Lambda:
		return present(x.Body)
	case *Tests:
		return x.List
	case Parent:
		return x.Children()
	}
	return nil
}

func present(es ...Expr) []Expr {
	out := es[:0]
	for _, e := range es {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

func iteratorExprs(its []Iterator) []Expr {
	var out []Expr
	for _, it := range its {
		out = append(out, it.Domain)
		if it.End != nil {
			out = append(out, it.End)
		}
	}
	return out
}

// Depth is how deep e nests; a leaf has depth 1.
func Depth(e Expr) int {
	deepest := 0
	for _, c := range Children(e) {
		deepest = max(deepest, Depth(c))
	}
	return deepest + 1
}
