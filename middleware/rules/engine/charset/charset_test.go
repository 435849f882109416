package charset

import (
	"testing"
	"unicode"
)

// TestAgainstGo compares the frozen tables with the toolchain's for code
// points assigned long ago.
func TestAgainstGo(t *testing.T) {
	for r := rune(0); r < 0x2000; r++ {
		if c := Category(r); c != "Cn" && !unicode.Is(unicode.Categories[c], r) {
			t.Fatalf("%U has category %s", r, c)
		}
		if got := mapped(upperRuns[:], r); got != unicode.ToUpper(r) {
			t.Fatalf("upper of %U is %U", r, got)
		}
		if got := mapped(lowerRuns[:], r); got != unicode.ToLower(r) {
			t.Fatalf("lower of %U is %U", r, got)
		}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if Fold(f) != Fold(r) {
				t.Fatalf("%U and %U do not fold together", r, f)
			}
		}
	}
}

func TestFullMappings(t *testing.T) {
	for in, want := range map[string]string{"Straße": "STRASSE", "ﬁn": "FIN", "abc1é": "ABC1É", "": ""} {
		if got := ToUpper(in); got != want {
			t.Errorf("ToUpper(%q) = %q, want %q", in, got, want)
		}
	}
	if got := ToLower("ÀΩI"); got != "àωi" {
		t.Errorf("ToLower = %q", got)
	}
	if first, last, ok := Block("BasicLatin"); !ok || first != 0 || last != 0x7f {
		t.Error("BasicLatin is wrong")
	}
	if !IsCategory("Lu") || !IsCategory("L") || IsCategory("Xx") {
		t.Error("category names are wrong")
	}
}
