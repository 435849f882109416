// Package charset is what the evaluator knows of Unicode: general categories,
// blocks and case mappings, frozen in tables.go so that every node agrees
// whatever toolchain built it. It refuses locales: a mapping depends on the
// code point alone.
package charset

import (
	"sort"
	"strings"
)

//go:generate go run ./charsetgen -blocks Blocks.txt -special SpecialCasing.txt

type caseRun struct {
	first, last, stride rune
	delta               int32
}

// Category is the general category of r, such as "Lu"; "Cn" when unassigned.
func Category(r rune) string {
	n := sort.Search(len(categoryRanges), func(i int) bool { return categoryRanges[i].first > r })
	if n == 0 {
		return categoryNames[0]
	}
	return categoryNames[categoryRanges[n-1].category]
}

// IsCategory reports whether name is a category ("Lu") or a group ("L").
func IsCategory(name string) bool {
	for _, c := range categoryNames {
		if c == name || len(name) == 1 && c[:1] == name {
			return true
		}
	}
	return false
}

// Block is the first and last code point of the block with that name, written
// without spaces ("BasicLatin").
func Block(name string) (first, last rune, ok bool) {
	b, ok := blocks[name]
	return b[0], b[1], ok
}

func mapped(runs []caseRun, r rune) rune {
	n := sort.Search(len(runs), func(i int) bool { return runs[i].first > r })
	// Strided runs may interleave, so the run before may be the one.
	for i := n - 1; i >= 0 && i >= n-2; i-- {
		if c := runs[i]; r <= c.last && (r-c.first)%c.stride == 0 {
			return r + c.delta
		}
	}
	return r
}

// Fold maps all code points that differ in case only to one of them.
func Fold(r rune) rune {
	if r < 0x80 {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}
	return mapped(foldRuns[:], r)
}

// ToUpper is s in upper case, by the full unconditional mappings.
func ToUpper(s string) string { return convert(s, upperRuns[:], specialUpper) }

// ToLower is s in lower case, by the full unconditional mappings.
func ToLower(s string) string { return convert(s, lowerRuns[:], specialLower) }

func convert(s string, runs []caseRun, special map[rune]string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if text, ok := special[r]; ok {
			b.WriteString(text)
			continue
		}
		b.WriteRune(mapped(runs, r))
	}
	return b.String()
}
