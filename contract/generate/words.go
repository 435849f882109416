package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
)

// kebab writes a Solidity name as a word of the command line: castVote becomes
// cast-vote, CLOCK_MODE clock-mode, IPFSHash ipfs-hash.
func kebab(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c == '_' || c == '$' {
			if b.Len() > 0 && i+1 < len(name) {
				b.WriteByte('-')
			}
			continue
		}
		begins := upper(c) && i > 0 && name[i-1] != '_' && (!upper(name[i-1]) || i+1 < len(name) && lower(name[i+1]))
		if begins {
			b.WriteByte('-')
		}
		if upper(c) {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }
func lower(c byte) bool { return c >= 'a' && c <= 'z' }

// methodWords names each method, by signature. Of overloads the one with the
// fewest parameters keeps the plain word; the others get a suffix: as many of
// the parameters that it has not as tell them apart, or else all their types.
func methodWords(methods []abi.Method) map[string]string {
	overloads := map[string][]abi.Method{}
	for _, m := range methods {
		overloads[m.RawName] = append(overloads[m.RawName], m)
	}
	words := map[string]string{}
	for _, list := range overloads {
		slices.SortFunc(list, func(a, b abi.Method) int {
			return cmp.Or(cmp.Compare(len(a.Inputs), len(b.Inputs)), strings.Compare(a.Sig, b.Sig))
		})
		plain := kebab(withoutUnit(list[0].RawName))
		taken := map[string]bool{plain: true}
		words[list[0].Sig] = plain
		for _, m := range list[1:] {
			word := plain
			for _, part := range suffixes(m, list[0]) {
				if word += part; !taken[word] {
					break
				}
			}
			if taken[word] {
				word = plain + typeSuffix(m)
			}
			taken[word] = true
			words[m.Sig] = word
		}
	}
	return words
}

// suffixes are a method's parameters that another has not, as parts of a word.
func suffixes(m, other abi.Method) (parts []string) {
	known := map[string]bool{}
	for _, input := range other.Inputs {
		known[input.Name] = true
	}
	for _, input := range m.Inputs {
		if !known[input.Name] {
			parts = append(parts, "-"+kebab(withoutUnit(input.Name)))
		}
	}
	return parts
}

// withoutUnit drops the unit from a name whose value is written with its unit.
func withoutUnit(name string) string { return cmp.Or(strings.TrimSuffix(name, "Wei"), name) }

func typeSuffix(m abi.Method) string {
	text := ""
	for _, input := range m.Inputs {
		name := strings.NewReplacer("(", "", ")", "", ",", "-", "[]", "s", "[", "", "]", "").Replace(input.Type.String())
		text += "-" + name
	}
	return text
}
