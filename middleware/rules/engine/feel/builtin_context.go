package feel

func contextBuiltins() []builtin {
	return []builtin{
		{name: "get value", forms: []form{fixed(getValue, "m", "key"), fixed(getValue, "context", "key"), fixed(getValue, "context", "keys")}},
		{name: "get entries", forms: []form{fixed(getEntries, "m")}},
		{name: "context", forms: []form{fixed(contextFrom, "entries")}},
		{name: "context put", forms: []form{fixed(contextPutAny, "context", "keys", "value"), fixed(contextPut, "context", "key", "value")}},
		{name: "context merge", forms: []form{fixed(contextMerge, "contexts")}},
	}
}

func getValue(_ *Machine, a []Value) Value {
	c, ok := a[0].(*Context)
	if !ok {
		return nil
	}
	switch key := a[1].(type) {
	case String:
		v, _ := c.Get(string(key))
		return v
	case List:
		var v Value = c
		for _, k := range key {
			inner, ok1 := v.(*Context)
			name, ok2 := k.(String)
			if !ok1 || !ok2 {
				return nil
			}
			v, _ = inner.Get(string(name))
		}
		if len(key) > 0 {
			return v
		}
	}
	return nil
}

func getEntries(m *Machine, a []Value) Value {
	c, ok := a[0].(*Context)
	if !ok || !m.grow(3*c.Len()) {
		return nil
	}
	out := make(List, 0, c.Len())
	for _, e := range c.entries {
		out = append(out, NewContext(Entry{"key", String(e.Key)}, Entry{"value", e.Value}))
	}
	return out
}

// contextFrom makes a context of entries with a key and a value; a key twice
// or a missing part is null.
func contextFrom(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	entries := asList(a[0])
	if !m.grow(len(entries)) {
		return nil
	}
	out := NewContext()
	for _, item := range entries {
		e, ok := item.(*Context)
		if !ok {
			return nil
		}
		key, _ := e.Get("key")
		name, ok1 := key.(String)
		v, ok2 := e.Get("value")
		if _, twice := out.Get(string(name)); !ok1 || !ok2 || twice {
			return nil
		}
		out.set(string(name), v)
	}
	return out
}

func contextPutAny(m *Machine, a []Value) Value {
	if keys, ok := a[1].(List); ok {
		return putPath(m, a[0], keys, a[2])
	}
	return contextPut(m, a)
}

func contextPut(m *Machine, a []Value) Value {
	c, ok1 := a[0].(*Context)
	key, ok2 := a[1].(String)
	if !ok1 || !ok2 || !m.grow(c.Len()+1) {
		return nil
	}
	return c.with(string(key), a[2])
}

// putPath sets the entry that a path of keys leads to.
func putPath(m *Machine, v Value, keys List, value Value) Value {
	c, ok1 := v.(*Context)
	if !ok1 || len(keys) == 0 {
		return nil
	}
	key, ok2 := keys[0].(String)
	if !ok2 || !m.grow(c.Len()+1) {
		return nil
	}
	if len(keys) == 1 {
		return c.with(string(key), value)
	}
	inner, _ := c.Get(string(key))
	if inner = putPath(m, inner, keys[1:], value); inner == nil {
		return nil
	}
	return c.with(string(key), inner)
}

func contextMerge(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	out := NewContext()
	for _, item := range asList(a[0]) {
		c, ok := item.(*Context)
		if !ok || !m.grow(c.Len()) {
			return nil
		}
		for _, e := range c.entries {
			out.set(e.Key, e.Value)
		}
	}
	return out
}
