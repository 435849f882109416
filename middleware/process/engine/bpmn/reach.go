package bpmn

// join says, for each incoming flow of an inclusive or complex gateway, which
// nodes have a path to that flow that does not visit the gateway (BPMN 2.0
// §13.4.3).
type join struct{ from [][]uint64 }

// Reaches reports whether a token at node n could come to the gateway through
// its i-th incoming flow without having visited the gateway before.
func (m *Model) Reaches(gateway, i, n int) bool {
	from := m.joins[gateway].from
	return i < len(from) && from[i][n/64]>>(n%64)&1 == 1
}

// prepareJoins walks backwards from each incoming flow of each joining gateway.
func (m *Model) prepareJoins() {
	m.joins = make([]join, len(m.Nodes))
	links := m.linkSources()
	for g := range m.Nodes {
		n := &m.Nodes[g]
		if n.Kind != InclusiveGateway && n.Kind != ComplexGateway || len(n.In) < 2 {
			continue
		}
		from := make([][]uint64, len(n.In))
		for i, f := range n.In {
			from[i] = m.backwards(m.Flows[f].Source, g, links)
		}
		m.joins[g].from = from
	}
}

// linkSources lists, by catching link event, the nodes that throw to it.
func (m *Model) linkSources() map[int][]int {
	links := map[int][]int{}
	for i := range m.Nodes {
		for _, t := range m.Nodes[i].Triggers {
			if t.Kind == Link && m.Nodes[i].Kind == ThrowEvent {
				links[t.Ref] = append(links[t.Ref], i)
			}
		}
	}
	return links
}

// backwards is the set of nodes with a path to start that avoids gateway.
func (m *Model) backwards(start, gateway int, links map[int][]int) []uint64 {
	set := make([]uint64, (len(m.Nodes)+63)/64)
	if start == gateway {
		return set
	}
	pending := []int{start}
	visit := func(n int) {
		if n != gateway && set[n/64]>>(n%64)&1 == 0 {
			set[n/64] |= 1 << (n % 64)
			pending = append(pending, n)
		}
	}
	set[start/64] |= 1 << (start % 64)
	for len(pending) > 0 {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		for _, f := range m.Nodes[n].In {
			visit(m.Flows[f].Source)
		}
		for _, source := range links[n] {
			visit(source)
		}
		if m.Nodes[n].Kind == BoundaryEvent {
			visit(m.Nodes[n].Host)
		}
	}
	return set
}
