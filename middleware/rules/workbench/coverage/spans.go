package coverage

import (
	"cmp"
	"slices"
)

// span is an interval of positions, both ends included.
type span struct{ low, high int32 }

// spans are sorted, disjoint and not adjacent.
type spans []span

// normal sorts and joins.
func (a spans) normal() spans {
	slices.SortFunc(a, func(x, y span) int { return cmp.Compare(x.low, y.low) })
	var out spans
	for _, s := range a {
		if n := len(out); n > 0 && s.low <= out[n-1].high+1 {
			out[n-1].high = max(out[n-1].high, s.high)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// from is the first span of a that does not end before low.
func (a spans) from(low int32) int {
	i, _ := slices.BinarySearchFunc(a, low, func(s span, low int32) int { return cmp.Compare(s.high, low) })
	return i
}

// meets tells whether a and b have a position in common.
func (a spans) meets(b spans) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, s := range a {
		if i := b.from(s.low); i < len(b) && b[i].low <= s.high {
			return true
		}
	}
	return false
}

// within tells whether every position of a is one of b.
func (a spans) within(b spans) bool {
	if len(b) == 1 { // most are
		return len(a) == 0 || b[0].low <= a[0].low && a[len(a)-1].high <= b[0].high
	}
	for _, s := range a {
		if i := b.from(s.low); i == len(b) || b[i].low > s.low || b[i].high < s.high {
			return false
		}
	}
	return true
}

// and are the positions of both.
func (a spans) and(b spans) spans {
	var out spans
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if s := (span{max(a[i].low, b[j].low), min(a[i].high, b[j].high)}); s.low <= s.high {
			out = append(out, s)
		}
		if a[i].high < b[j].high {
			i++
		} else {
			j++
		}
	}
	return out
}

// minus are the positions of a that are not of b.
func (a spans) minus(b spans) spans {
	var out spans
	j := 0
	for _, s := range a {
		low := s.low
		for j < len(b) && b[j].high < low {
			j++
		}
		for k := j; k < len(b) && b[k].low <= s.high; k++ {
			if b[k].low > low {
				out = append(out, span{low, b[k].low - 1})
			}
			low = b[k].high + 1
		}
		if low <= s.high {
			out = append(out, span{low, s.high})
		}
	}
	return out
}
