package feel

func listBuiltins() []builtin {
	return []builtin{
		{name: "list contains", forms: []form{fixed(listContains, "list", "element")}},
		{name: "count", forms: []form{fixed(count1, "list")}},
		{name: "min", forms: listOrItems(extreme(-1))},
		{name: "max", forms: listOrItems(extreme(1))},
		{name: "all", forms: listOrItems(quantify(false))},
		{name: "any", forms: listOrItems(quantify(true))},
		{name: "sublist", forms: []form{optional(2, sublist, "list", "start position", "length")}},
		{name: "append", forms: []form{{params: []string{"list", "item"}, required: 2, call: appendItems}, {required: 2, variadic: true, call: appendItems}}},
		{name: "concatenate", forms: []form{{required: 1, variadic: true, call: concatenate}}},
		{name: "insert before", forms: []form{fixed(insertBefore, "list", "position", "newItem")}},
		{name: "remove", forms: []form{fixed(remove, "list", "position")}},
		{name: "reverse", forms: []form{fixed(reverse, "list")}},
		{name: "index of", forms: []form{fixed(indexOf, "list", "match")}},
		{name: "list replace", forms: []form{fixed(listReplace, "list", "position", "newItem"), fixed(listReplace, "list", "match", "newItem")}},
		{name: "sort", forms: []form{fixed(sortList, "list", "precedes")}},
	}
}

func listContains(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	for _, item := range asList(a[0]) {
		if same(m, item, a[1]) {
			return Boolean(true)
		}
	}
	return Boolean(false)
}

func count1(_ *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	return Int(len(asList(a[0])))
}

// extreme is min (sign -1) or max (sign 1).
func extreme(sign int) func(*Machine, List) Value {
	return func(m *Machine, l List) Value {
		if len(l) == 0 {
			return nil
		}
		best := l[0]
		if _, ok := compare(m, best, best); !ok {
			return nil
		}
		for _, item := range l[1:] {
			c, ok := compare(m, item, best)
			if !ok {
				return nil
			}
			if c == sign {
				best = item
			}
		}
		return best
	}
}

// quantify is any (decisive true) or all (decisive false) in three-valued
// logic.
func quantify(decisive Boolean) func(*Machine, List) Value {
	return func(_ *Machine, l List) Value {
		var result Value = !decisive
		for _, item := range l {
			b, ok := item.(Boolean)
			if !ok {
				result = nil
			} else if b == decisive {
				return decisive
			}
		}
		return result
	}
}

func sublist(m *Machine, a []Value) Value {
	start, ok := wholePart(a[1])
	if a[0] == nil || !ok {
		return nil
	}
	l := asList(a[0])
	i, ok := position(start, len(l))
	if !ok {
		return nil
	}
	end := len(l)
	if a[2] != nil {
		n, ok := wholePart(a[2])
		if !ok || n < 1 || n > int64(len(l)-i) {
			return nil
		}
		end = i + int(n)
	}
	return joined(m, l[i:end])
}

// joined is a new list of all the items.
func joined(m *Machine, parts ...List) Value {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if !m.grow(n) {
		return nil
	}
	out := make(List, 0, n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func appendItems(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	return joined(m, asList(a[0]), a[1:])
}

func concatenate(m *Machine, a []Value) Value {
	parts := make([]List, len(a))
	for i, v := range a {
		if v == nil {
			return nil
		}
		parts[i] = asList(v)
	}
	return joined(m, parts...)
}

// placeIn is list and index of a list and a position in it.
func placeIn(list, pos Value) (List, int, bool) {
	n, ok := pos.(Number)
	if list == nil || !ok {
		return nil, 0, false
	}
	i, ok := n.Int64()
	if !ok {
		return nil, 0, false
	}
	l := asList(list)
	at, ok := position(i, len(l))
	return l, at, ok
}

func insertBefore(m *Machine, a []Value) Value {
	l, i, ok := placeIn(a[0], a[1])
	if !ok {
		return nil
	}
	return joined(m, l[:i], List{a[2]}, l[i:])
}

func remove(m *Machine, a []Value) Value {
	l, i, ok := placeIn(a[0], a[1])
	if !ok {
		return nil
	}
	return joined(m, l[:i], l[i+1:])
}

func listReplace(m *Machine, a []Value) Value {
	f, ok := a[1].(*Function)
	if !ok {
		l, i, ok := placeIn(a[0], a[1])
		if !ok {
			return nil
		}
		return joined(m, l[:i], List{a[2]}, l[i+1:])
	}
	if a[0] == nil {
		return nil
	}
	l := asList(a[0])
	if !m.grow(len(l)) {
		return nil
	}
	out := make(List, len(l))
	for i, item := range l {
		match, ok := f.Call(m, []Value{item, a[2]}).(Boolean)
		if !ok || m.stopped() {
			return nil
		}
		if out[i] = item; match {
			out[i] = a[2]
		}
	}
	return out
}

func reverse(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	l := asList(a[0])
	if !m.grow(len(l)) {
		return nil
	}
	out := make(List, len(l))
	for i, item := range l {
		out[len(l)-1-i] = item
	}
	return out
}

func indexOf(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	out := List{}
	for i, item := range asList(a[0]) {
		if same(m, item, a[1]) && m.grow(1) {
			out = append(out, Int(i+1))
		}
	}
	return out
}

// sortList is a stable merge sort: b goes before a only if precedes(b, a).
func sortList(m *Machine, a []Value) Value {
	f, ok := a[1].(*Function)
	if a[0] == nil || !ok {
		return nil
	}
	l := asList(a[0])
	if !m.grow(2 * len(l)) {
		return nil
	}
	valid := true
	precedes := func(x, y Value) bool {
		if !valid || m.stopped() {
			return false
		}
		b, ok := f.Call(m, []Value{x, y}).(Boolean)
		valid = valid && ok
		return bool(b)
	}
	out := mergeSort(append(List{}, l...), precedes)
	if !valid {
		return nil
	}
	return out
}

func mergeSort(l List, precedes func(x, y Value) bool) List {
	if len(l) < 2 {
		return l
	}
	half := len(l) / 2
	left := mergeSort(append(List{}, l[:half]...), precedes)
	right := mergeSort(l[half:], precedes)
	out := make(List, 0, len(l))
	for len(left) > 0 && len(right) > 0 {
		if precedes(right[0], left[0]) {
			out, right = append(out, right[0]), right[1:]
		} else {
			out, left = append(out, left[0]), left[1:]
		}
	}
	return append(append(out, left...), right...)
}
