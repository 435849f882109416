package feel_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

var now, _ = calendar.FromUnix(1_700_000_000) // 2023-11-14T22:13:20Z

// evaluate reads and evaluates an expression, after a round trip through the
// binary form.
func evaluate(t testing.TB, src string) (feel.Value, error) {
	t.Helper()
	e, _, err := parser.Expression(src, parser.NewScope())
	if err != nil {
		return nil, err
	}
	enc := feel.NewEncoder(nil)
	enc.Expr(e)
	data := enc.Bytes()
	d := feel.NewDecoder(data, 0, nil)
	decoded := d.Expr()
	if err := d.End(); err != nil {
		t.Fatalf("%s: the encoding does not decode: %v", src, err)
	}
	again := feel.NewEncoder(nil)
	again.Expr(decoded)
	if string(again.Bytes()) != string(data) {
		t.Fatalf("%s: the encoding changes when it is decoded and encoded again", src)
	}
	m := feel.NewMachine(nil, feel.DefaultLimits, now)
	v := decoded.Eval(m, feel.NewEnv(nil))
	return v, m.Err()
}

// TestExpressions holds "expression => value as FEEL text" lines by section of
// the specification.
func TestExpressions(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(expressions), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		src, want, ok := strings.Cut(line, " => ")
		if !ok {
			t.Fatalf("no => in %q", line)
		}
		v, err := evaluate(t, src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := feel.Text(v); got != want {
			t.Errorf("%s\n  got  %s\n  want %s", src, got, want)
		}
	}
}

const expressions = `
# arithmetic
1 + 2 * 3 => 7
(1 + 2) * 3 => 9
2 ** 3 ** 2 => 64
-3 ** 2 => 9
2 ** -1 => 0.5
10 / 4 => 2.5
1 / 3 => 0.3333333333333333333333333333333333
1 / 0 => null
1 + null => null
"a" + "b" => "ab"
"a" + 1 => null
.5 + 1.2e1 => 12.5
10 - -5 => 15
0.1 + 0.2 = 0.3 => true
# logic
true and null => null
false and null => false
null or true => true
null or false => null
true and "x" => null
false and "x" => false
not(null) => null
not(false) => true
# comparison
1 < 2 => true
"a" < "b" => true
true < false => null
1 < "a" => null
null < 1 => null
1 != 2 => true
1 = "1" => null
null = null => true
[1, 2] = [1, 2] => true
{a: 1} = {a: 1.0} => true
1 between 0 and 2 => true
1 between null and 2 => null
"b" between "a" and "c" => true
# in
1 in [2, 3, 1] => true
1 in (2, 1) => true
5 in (< 3, > 4) => true
5 in [1..5] => true
5 in [1..5) => false
5 in ]1..5[ => false
[1] in [[1], [2]] => true
1 in not_there => false
date("2020-01-02") in [date("2020-01-01")..date("2020-02-01")] => true
# instance of
1 instance of number => true
"a" instance of string => true
[1, 2] instance of list<number> => true
[1, "a"] instance of list<number> => false
{a: 1} instance of context<a: number> => true
null instance of Null => true
null instance of Any => false
[1..2] instance of range<number> => true
(function(a: number) a) instance of function<number> -> Any => true
(function(a: number) a) instance of function<string> -> Any => false
@"2020-01-01" instance of date => true
duration("P1D") instance of days and time duration => true
duration("P1Y") instance of years and months duration => true
# conditionals, iteration
if 1 = 1 then "y" else "n" => "y"
if null then 1 else 2 => 2
for i in 1..3 return i * 2 => [2, 4, 6]
for i in 3..1 return i => [3, 2, 1]
for i in [1, 2], j in [3, 4] return i + j => [4, 5, 5, 6]
for i in [[1, 2], [3]], j in i return j => [1, 2, 3]
for i in 0..4 return if i = 0 then 1 else i * partial[-1] => [1, 1, 2, 6, 24]
for i in @"2020-01-30" .. @"2020-02-01" return i => [@"2020-01-30", @"2020-01-31", @"2020-02-01"]
for i in [1..3] return i => [1, 2, 3]
for i in (1..3) return i => [2]
for i in 5 return i => [5]
for i in null return i => null
some x in [1, 2] satisfies x > 1 => true
every x in [1, 2] satisfies x > 1 => false
every x in [] satisfies x > 1 => true
some x in [] satisfies x > 1 => false
some x in [1, 2], y in [2, 3] satisfies x = y => true
# filters and paths
[1, 2, 3][item > 1] => [2, 3]
[1, 2, 3][2] => 2
[1, 2, 3][-1] => 3
[1, 2, 3][4] => null
[1, 2, 3][0] => null
[{a: 1, b: 2}, {a: 3, b: 4}][a > 1] => [{a: 3, b: 4}]
[{a: 1, b: 2}, {a: 3, b: 4}].b => [2, 4]
[{a: 1, b: 2}, {a: 3, b: 4}][a > 1].b => [4]
[{a: 1}, {a: 2}][item.a = 2] => [{a: 2}]
{x: 2, r: [1, 2, 3][item >= x]}.r => [2, 3]
[{x: 1}, {y: 2}][x = null] => [{y: 2}]
1[1] => 1
1[true] => [1]
null[1] => null
[][1] => null
[][item > 1] => []
{a: {b: 1}}.a.b => 1
{a: 1}.c => null
{"a b": 1}.a b => 1
{first name: "Ann"}.first name => "Ann"
@"2020-05-06".month => 5
@"2020-05-06".weekday => 3
@"2020-05-06T10:20:30Z".time offset => @"PT0S"
@"2020-07-06T10:20:30@Europe/Paris".time offset => @"PT2H"
@"P1DT2H".hours => 2
[1..5].end => 5
[1..5).end included => false
# functions
(function(x, y) x + y)(1, 2) => 3
(function(x, y) x + y)(y: 1, x: 2) => 3
(function(x) x)(1, 2) => null
(function(x: string) x)(1) => null
(function(x: number) x)([1]) => 1
{f: function(n) n + 1, r: f(2)}.r => 3
{add: 1}.add + 2 => 3
sort([3, 1, 2], function(x, y) x < y) => [1, 2, 3]
# contexts
{a: 1, b: a + 1} => {a: 1, b: 2}
{} => {}
{a: 1, a: 2} => null
# ranges
(< 10).end => 10
5 in (>= 5) => true
# strings
string length("a\u0041\U01F40E") => 3
"\n" = "\u000A" => true
substring("foobar", 3) => "obar"
substring("foobar", -2, 1) => "a"
substring("\U01F40Eab", 2) => "ab"
substring("a", 2) => null
substring("a", 0) => null
upper case("aß") => "ASS"
substring before("foobar", "bar") => "foo"
substring after("foobar", "ob") => "ar"
substring after("foobar", "") => "foobar"
substring after("foobar", "x") => ""
contains("foobar", "ob") => true
starts with("foobar", "fo") => true
ends with("foobar", "r") => true
split("John Doe", "\\s") => ["John", "Doe"]
split("a;b;c;;", ";") => ["a", "b", "c", "", ""]
string join(["a", null, "b"], "-") => "a-b"
replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") => "[1=ab][2=]cd"
matches("foobar", "^fo*b") => true
string(1.10) => "1.1"
string(null) => null
string([1, "a", null, @"2020-01-01"]) => "[1, \"a\", null, @\"2020-01-01\"]"
string({a: 1}) => "{a: 1}"
string(@"2020-01-01") => "2020-01-01"
string(1e20) => "100000000000000000000"
number("1 000,5", " ", ",") => 1000.5
number("abc", ",", ".") => null
upper case(["a"]) => "A"
upper case(["a", "b"]) => null
# lists
list contains([1, null], null) => true
count([1, 2]) => 2
min(1, 2, 0) => 0
max(["a", "c", "b"]) => "c"
min([]) => null
sum([1, 2, 3]) => 6
sum([]) => null
sum([1, "a"]) => null
mean(1, 2, 3) => 2
median([8, 2, 5, 3, 4]) => 4
median([6, 1, 2, 3]) => 2.5
stddev([2, 4, 7, 5]) => 2.081665999466132735282297706979931
mode([6, 3, 9, 6, 6]) => [6]
mode([6, 1, 9, 6, 1]) => [1, 6]
product([2, 3, 4]) => 24
all([true, null]) => null
all([false, null]) => false
any([true, null]) => true
any([]) => false
sublist([1, 2, 3], 2) => [2, 3]
sublist([1, 2, 3], -2, 1) => [2]
append([1], 2, 3) => [1, 2, 3]
concatenate([1, 2], [3]) => [1, 2, 3]
insert before([1, 3], 2, 2) => [1, 2, 3]
remove([1, 2, 3], 2) => [1, 3]
reverse([1, 2, 3]) => [3, 2, 1]
index of([1, 2, 1], 1) => [1, 3]
union([1, 2], [2, 3]) => [1, 2, 3]
distinct values([1, 2, 1, null, null]) => [1, 2, null]
flatten([[1, [2]], 3]) => [1, 2, 3]
list replace([2, 4, 7, 8], 3, 6) => [2, 4, 6, 8]
list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5) => [5, 5, 7, 8]
# numbers
decimal(1/3, 2) => 0.33
decimal(2.5, 0) => 2
floor(-1.5) => -2
ceiling(1.5) => 2
ceiling(-1.56, 1) => -1.5
round up(5.5, 0) => 6
round down(-5.5, 0) => -5
round half up(-5.5, 0) => -6
round half down(5.5, 0) => 5
abs(-10) => 10
abs(@"-PT5H") => @"PT5H"
modulo(-12, 5) => 3
sqrt(16) => 4
sqrt(-1) => null
log(10) => 2.302585092994045684017991454684364
exp(5) => 148.4131591025766034211155800405523
odd(5) => true
even(-1) => false
odd(2.5) => null
# temporal
date("2012-12-25") => @"2012-12-25"
date(2012, 12, 25) => @"2012-12-25"
date("2012-13-25") => null
date(date and time("2012-12-25T11:00:00Z")) => @"2012-12-25"
date and time("2012-12-24T23:59:00") => @"2012-12-24T23:59:00"
date and time(date("2012-12-24"), time("23:59:00")) => @"2012-12-24T23:59:00"
time("23:59:00z") => @"23:59:00Z"
time(23, 59, 0, duration("-PT1H")) => @"23:59:00-01:00"
time(date and time("2012-12-24T23:59:00Z")) => @"23:59:00Z"
duration("P1DT2H") => @"P1DT2H"
duration("P26M") => @"P2Y2M"
years and months duration(date("2011-12-22"), date("2013-08-24")) => @"P1Y8M"
years and months duration(date("2013-08-24"), date("2011-12-22")) => @"-P1Y8M"
date("2012-12-25") - date("2012-12-24") => @"P1D"
date("2012-12-25") + duration("P1M") => @"2013-01-25"
date("2012-01-31") + duration("P1M") => @"2012-02-29"
date("2012-12-25") + duration("PT36H") => @"2012-12-26"
time("10:00:00") + duration("PT15H") => @"01:00:00"
time("10:00:00") - time("09:30:00") => @"PT30M"
@"2020-03-29T01:30:00@Europe/Paris" + duration("PT1H") => @"2020-03-29T03:30:00@Europe/Paris"
@"2020-01-01T00:00:00Z" - @"2019-12-31T23:00:00" => null
@"2020-01-01T00:00:00Z" - @"2020-01-01" => @"PT0S"
duration("P1D") * 1.5 => @"P1DT12H"
duration("P1Y") / 5 => @"P2M"
duration("P1D") / duration("PT6H") => 4
-duration("P1D") => @"-P1D"
day of year(@"2019-09-17") => 260
day of week(@"2019-09-17") => "Tuesday"
month of year(@"2019-09-17") => "September"
week of year(@"2019-09-17") => 38
week of year(@"2005-01-01") => 53
now() => @"2023-11-14T22:13:20Z"
today() => @"2023-11-14"
is(@"12:00:00", @"12:00:00Z") => false
is(1, "1") => false
# ranges
before(1, 10) => true
before([1..5), [5..10]) => true
after([5..10], [1..5]) => false
meets([1..5], [5..10]) => true
met by([5..10], [1..5]) => true
overlaps([1..5], [3..8]) => true
overlaps before([1..5], [3..8]) => true
overlaps after([3..8], [1..5]) => true
finishes(10, [1..10]) => true
finished by([1..10], 10) => true
includes([1..10], [4..6]) => true
during([4..6], [1..10]) => true
starts(1, [1..10]) => true
started by([1..10], [1..5]) => true
coincides([1..5], [1..5]) => true
before([1..5], (> 6)) => true
range("[18..21)") => [18..21)
# contexts
get value({key1: "v"}, "key1") => "v"
get entries({a: 1}) => [{key: "a", value: 1}]
context([{key: "a", value: 1}, {key: "b", value: 2}]) => {a: 1, b: 2}
context put({o: 1}, "n", 2) => {o: 1, n: 2}
context put({x: 1, y: {a: 0}}, ["y", "a"], 2) => {x: 1, y: {a: 2}}
context merge([{a: 1}, {a: 2, b: 3}]) => {a: 2, b: 3}
# edges of the tables: items with an entry item, unknown bounds, zones and fractions, left out ends and arguments
[ {item: 1}, {item: 2}, {item: 3} ][item >= 2] => [{item: 2}, {item: 3}]
[{item: {a: 1}}, {a: 2}][item.a = 1] => [{item: {a: 1}}]
[[1,2],[3]][item[1] = 3] => [[3]]
[{x: [1,2,3]}][count(x[item > 1]) = 2].x => [[1, 2, 3]]
for i in [1,2,3][item > 1] return i => [2, 3]
1 between 2 and null => false
1 between null and 0 => false
2 in [null..1] => false
0 in [null..1] => null
2 in [null..1) => false
@"10:00:00" < @"11:00:00Z" => true
@"10:00:00" <= @"10:00:00Z" => false
@"10:00:00" = @"10:00:00Z" => false
@"2020-01-01T10:00:00" < @"2020-01-01T10:30:00+05:00" => true
@"10:00:00.5" <= @"10:00:00.2" => true
@"10:00:00.5" > @"10:00:00.2" => true
@"10:00:00.5".second => 0.5
@"PT1.25S".seconds => 1.25
@"-PT1.25S".seconds => -1.25
[1] instance of list => null
range("[2..)") => >= 2
range("(2..)") => > 2
range("(..2)") => < 2
range("]..2]") => <= 2
range("(..)") => null
range("[2..]") => null
range("[..2)") => null
range("[.5..1.5]") => [0.5..1.5]
range("]1..2[") => (1..2)
(function(a, b) [a, b])(a: 1) => [1, null]
(function(a, b) [a, b])(c: 1) => null
substring("foobar", 3, 5) => "obar"
substring("foobar", 3, 4) => "obar"
substring("foobar", -2, 3) => "ar"
substring("foobar", 7) => null
substring("", 1) => null
@"2020-01-01T10:00:00" = @"2020-01-01T10:00:00Z" => false
(function(a) function(b) a + b)(1)(2) => 3
{a: 10, f: function(b) a + b, r: f(5)}.r => 15
years and months duration(date and time("2016-01-21T10:20:30"), date and time("2017-01-21T10:20:29")) => @"P1Y"
list contains(list: [null]) => true
string({"{": "foo", ":": 1}) => "{\"{\": \"foo\", \":\": 1}"
some x in [0, null] satisfies x > 0 => null
every x in [0, null] satisfies x > 0 => false
context([{key: "a", value: 1, x: 2}]) => {a: 1}
< 10 => < 10
[< 10, 12] => [< 10, 12]
{r: >= @"2020-01-01"}.r.start included => true
before(1, > 5) => true
5 in [< 3, > 4] => true
before(range: [1..2], point: 3) => true
before(point: 3, range: [1..2]) => false
sum([@"P1D", @"P2D"]) => null
# unknown things are null
unknown => null
unknown(1) => null
`

func TestSyntaxErrors(t *testing.T) {
	for _, src := range []string{"", "1 +", "(1", "[1, 2", "{a 1}", "{a: 1", "if 1 then 2", "for x in [1]", "some x [1]", `"abc`, "1 2", "@2020", "f(1, a: 2)",
		"1 instance of", "[1..2", `"\uD83D"`, "/* x", strings.Repeat("(", 200), strings.Repeat("1+", 1000) + "1", "a ]", "x.1"} {
		var s *parser.SyntaxError
		if _, err := evaluate(t, src); !errors.As(err, &s) || s.Line < 1 || s.Column < 1 {
			t.Errorf("%.40q: %v", src, err)
		}
	}
}

// TestLimits runs into every limit of a machine.
func TestLimits(t *testing.T) {
	for _, src := range []string{
		"for i in 1..1000000 return i",
		"{f: function(f, x) f(f, x + 1), r: f(f, 1)}.r",
		"for i in 1..100000 return for j in 1..100000 return 1",
		`for i in 1..100 return for j in 1..100000 return 1`,
		`{s: for i in 1..24 return if i = 1 then "aaaaaaaa" else partial[-1] + partial[-1]}.s[-1]`,
		`string(for i in 1..20000 return if i = 1 then [] else [partial[-1]])`,
		`matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "^(a*)*(a*)*\\2\\1c$")`,
	} {
		if v, err := evaluate(t, src); !errors.Is(err, feel.ErrLimit) {
			t.Errorf("%s: %.60s, %v", src, feel.Text(v), err)
		}
	}
}

// TestDeepRecursion recurses from the bottom of an expression as deep as a
// model may hold, through as many calls as a machine allows.
func TestDeepRecursion(t *testing.T) {
	var body feel.Expr = &feel.Call{Function: &feel.Local{}, Args: []feel.Expr{&feel.Local{}}}
	for range feel.MaxDepth - 4 {
		body = &feel.If{Cond: &feel.Const{Value: feel.Boolean(true)}, Then: body, Else: &feel.Const{}}
	}
	f := &feel.Lambda{Params: []feel.Param{{Name: "f"}}, Body: body}
	enc := feel.NewEncoder(nil)
	enc.Expr(&feel.Call{Function: f, Args: []feel.Expr{f}})
	d := feel.NewDecoder(enc.Bytes(), 0, nil)
	e := d.Expr()
	if err := d.End(); err != nil {
		t.Fatal(err)
	}
	m := feel.NewMachine(nil, feel.DefaultLimits, now)
	if e.Eval(m, feel.NewEnv(nil)); !errors.Is(m.Err(), feel.ErrLimit) {
		t.Errorf("endless recursion: %v", m.Err())
	}
}

// budget is a meter with a limit.
type budget struct{ left uint64 }

var errBudget = errors.New("out of budget")

func (b *budget) Charge(units uint64) error {
	if units > b.left {
		b.left = 0
		return errBudget
	}
	b.left -= units
	return nil
}

func TestMeter(t *testing.T) {
	e, _, err := parser.Expression("sum(for i in 1..1000 return i * i)", parser.NewScope())
	if err != nil {
		t.Fatal(err)
	}
	used := uint64(0)
	for range 3 {
		b := &budget{1 << 40}
		m := feel.NewMachine(b, feel.DefaultLimits, now)
		if v := e.Eval(m, feel.NewEnv(nil)); m.Err() != nil || feel.Text(v) != "333833500" {
			t.Fatal(feel.Text(v), m.Err())
		}
		if u := 1<<40 - b.left; used != 0 && u != used {
			t.Fatalf("the same work cost %d and %d", used, u)
		} else {
			used = u
		}
	}
	for _, limit := range []uint64{0, 1, used / 2, used - 1} {
		m := feel.NewMachine(&budget{limit}, feel.DefaultLimits, now)
		e.Eval(m, feel.NewEnv(nil))
		if !errors.Is(m.Err(), errBudget) {
			t.Errorf("with %d of %d units: %v", limit, used, m.Err())
		}
	}
	m := feel.NewMachine(&budget{used}, feel.DefaultLimits, now)
	if e.Eval(m, feel.NewEnv(nil)); m.Err() != nil {
		t.Errorf("with exactly %d units: %v", used, m.Err())
	}
}

// FuzzExpression parses, encodes, decodes and evaluates any text.
func FuzzExpression(f *testing.F) {
	for _, line := range strings.Split(expressions, "\n") {
		src, _, _ := strings.Cut(line, " => ")
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, _, err := parser.Expression(src, parser.NewScope())
		if err != nil {
			return
		}
		enc := feel.NewEncoder(nil)
		enc.Expr(e)
		d := feel.NewDecoder(enc.Bytes(), 0, nil)
		decoded := d.Expr()
		if err := d.End(); err != nil {
			t.Fatalf("%q encodes to what does not decode: %v", src, err)
		}
		m1 := feel.NewMachine(&budget{200_000}, feel.DefaultLimits, now)
		a := e.Eval(m1, feel.NewEnv(nil))
		m2 := feel.NewMachine(&budget{200_000}, feel.DefaultLimits, now)
		b := decoded.Eval(m2, feel.NewEnv(nil))
		if (m1.Err() == nil) != (m2.Err() == nil) {
			t.Fatalf("%q: %v and %v", src, m1.Err(), m2.Err())
		}
		if m1.Err() == nil && feel.Text(a) != feel.Text(b) {
			t.Fatalf("%q: %s and %s", src, feel.Text(a), feel.Text(b))
		}
	})
}

// FuzzDecode feeds any bytes to the decoder and evaluates what it accepts.
func FuzzDecode(f *testing.F) {
	for _, line := range strings.Split(expressions, "\n") {
		src, _, _ := strings.Cut(line, " => ")
		if e, _, err := parser.Expression(src, parser.NewScope()); err == nil {
			enc := feel.NewEncoder(nil)
			enc.Expr(e)
			f.Add(enc.Bytes())
		}
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		d := feel.NewDecoder(data, 0, nil)
		e := d.Expr()
		if d.End() != nil {
			return
		}
		m := feel.NewMachine(&budget{100_000}, feel.DefaultLimits, now)
		e.Eval(m, feel.NewEnv(nil))
	})
}
