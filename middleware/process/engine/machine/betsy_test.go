package machine_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// betsyProcess is a process of betsy's conformance suite with its cases.
type betsyProcess struct {
	Process, Group, File string
	Active               bool
	Doubts               []struct{ Status, Text string }
	Cases                []betsyCase
}

type betsyCase struct {
	Name          string
	Start         []string
	Inputs        map[string]any
	SettleMS      int64    `json:"settle_ms"`
	ExpectedTrace []string `json:"expected_trace"`
	ErrorKind     *string  `json:"error_kind"`
	ExpectMarker  bool     `json:"expect_marker"`
	ExpectData    *string  `json:"expect_data"`
	ExpectOverlap bool     `json:"expect_overlap"`
	MustReach     bool     `json:"must_reach_start"`
}

// unsatisfiable are cases whose model cannot give the expected trace, with what
// the standard says instead.
var unsatisfiable = map[string]struct {
	reading string
	trace   []string // nil: refused at deployment
}{
	"AdHocSubProcess_Sequential":                             {"the task after the ad-hoc sub-process logs task1 in the model, task3 in the assertion", []string{"SCRIPT_task1", "SCRIPT_task1", "SCRIPT_task2"}},
	"AdHocSubProcess_Parallel":                               {"the task after the ad-hoc sub-process logs task1 in the model, task3 in the assertion", []string{"SCRIPT_task1", "SCRIPT_task1", "SCRIPT_task2"}},
	"Conditional_StartEvent_EventSubProcess_NonInterrupting": {`the condition test.contains("a")> is no expression: the model is refused at deployment`, nil},
}

// TestBetsy runs betsy's cases as its README says: BPMN_CASES names the folder.
func TestBetsy(t *testing.T) {
	dir := conformance(t, "BPMN_CASES", "bpmn")
	data, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	require.NoError(t, err)
	var processes []betsyProcess
	require.NoError(t, json.Unmarshal(data, &processes))
	passed, failed, skipped := map[string]int{}, map[string]int{}, map[string]int{}
	groups := []string{}
	cases := 0
	for _, p := range processes {
		if !slices.Contains(groups, p.Group) {
			groups = append(groups, p.Group)
		}
		for _, c := range p.Cases {
			cases++
			got := runBetsy(t, filepath.Join(dir, p.File), c)
			problem := judge(c, got)
			if u, ok := unsatisfiable[p.Process]; ok && problem != "" {
				if u.trace == nil && got.refused != nil || u.trace != nil && slices.Equal(got.trace, u.trace) {
					skipped[p.Group]++
					fmt.Printf("betsy %s: %s not applicable: %s\n", p.Group, c.Name, u.reading)
					continue
				}
			}
			if problem != "" {
				failed[p.Group]++
				t.Errorf("%s: %s", c.Name, problem)
				continue
			}
			passed[p.Group]++
		}
	}
	total := [3]int{}
	for _, g := range groups {
		fmt.Printf("betsy %s: %d passed, %d failed, %d not applicable\n", g, passed[g], failed[g], skipped[g])
		total[0], total[1], total[2] = total[0]+passed[g], total[1]+failed[g], total[2]+skipped[g]
	}
	fmt.Printf("betsy: %d passed, %d failed, %d not applicable\n", total[0], total[1], total[2])
	require.GreaterOrEqual(t, cases, 100, "the suite has 210 cases, the part beside this repository 108")
	require.Equal(t, cases, total[0]+total[1]+total[2])
}

// conformance is a folder of conformance data; the test says loudly that it is
// missing.
func conformance(t testing.TB, variable, name string) string {
	dir := os.Getenv(variable)
	if dir == "" {
		root, err := os.Getwd()
		require.NoError(t, err)
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			require.NotEqual(t, root, filepath.Dir(root))
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "conformance", name)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("CONFORMANCE DATA MISSING: %s; set %s", dir, variable)
	}
	return dir
}

var (
	scripts     = regexp.MustCompile(`<(\w+:)?scriptTask `)
	globals     = regexp.MustCompile(`<(\w+:)?globalScriptTask `)
	informal    = regexp.MustCompile(`<((\w+:)?conditionExpression)>`)
	expressions = regexp.MustCompile(`(?s)(<(?:\w+:)?(?:conditionExpression|loopCondition|activationCondition|condition|completionCondition)\b[^>]*>)\s*(?:<!\[CDATA\[)?\s*(.*?)\s*(?:\]\]>)?\s*(</)`)
)

// adapt does what betsy's style sheets do for an engine: it names the language of
// the scripts and marks expressions as such.
func adapt(source []byte) []byte {
	s := string(source)
	s = scripts.ReplaceAllString(s, `<${1}scriptTask scriptFormat="text/x-betsy" `)
	s = globals.ReplaceAllString(s, `<${1}globalScriptTask scriptLanguage="text/x-betsy" `)
	s = informal.ReplaceAllString(s, `<$1 xmlns:adapted="http://www.w3.org/2001/XMLSchema-instance" adapted:type="tFormalExpression">`)
	return []byte(expressions.ReplaceAllStringFunc(s, func(m string) string {
		parts := expressions.FindStringSubmatch(m)
		if strings.HasPrefix(parts[2], "${") {
			return m
		}
		return parts[1] + "${" + parts[2] + "}" + parts[3]
	}))
}

// betsyResult is what a case did.
type betsyResult struct {
	refused error
	trace   []string
	reached bool
	marker  bool
	data    string
	busy    map[string][2]int64 // of the tasks that record begin and end
	runtime bool
	code    string
}

// judge compares a result with what a case expects; "" when it fits.
func judge(c betsyCase, got betsyResult) string {
	kind := ""
	if c.ErrorKind != nil {
		kind = *c.ErrorKind
	}
	if got.refused != nil {
		if kind == "deployment_or_runtime" {
			return ""
		}
		return fmt.Sprintf("refused: %v", got.refused)
	}
	want := append([]string{}, c.ExpectedTrace...)
	sort.Strings(want)
	switch {
	case c.MustReach && !got.reached && kind == "":
		return "the instance never started"
	case !slices.Equal(got.trace, want):
		return fmt.Sprintf("trace %v, want %v", got.trace, want)
	case (kind == "runtime" || kind == "deployment_or_runtime") != got.runtime:
		return fmt.Sprintf("runtime error: %v", got.runtime)
	case kind == "thrown_error_event" && got.code != "ERR-1" || kind == "" && got.code != "":
		return fmt.Sprintf("error code %q", got.code)
	case c.ExpectMarker && !got.marker:
		return "the marker is not set"
	case c.ExpectData != nil && got.data != *c.ExpectData:
		return fmt.Sprintf("data %q, want %q", got.data, *c.ExpectData)
	case c.ExpectOverlap && !overlap(got.busy):
		return fmt.Sprintf("the tasks did not overlap: %v", got.busy)
	}
	return ""
}

func overlap(busy map[string][2]int64) bool {
	a, b := busy["CREATE_TIMESTAMP_LOG_1"], busy["CREATE_TIMESTAMP_LOG_2"]
	return a[1] > 0 && b[1] > 0 && a[0] < b[1] && b[0] < a[1]
}

func runBetsy(t *testing.T, file string, c betsyCase) betsyResult {
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	model, _, err := compiler.Compile(adapt(source), compiler.Options{})
	if err != nil {
		return betsyResult{refused: err}
	}
	w := newWorld(t, model)
	got := betsyResult{busy: map[string][2]int64{}}
	w.job = func(i *running, e machine.Effect) { got.script(w, i, e) }
	for n, id := range c.Start {
		inputs := map[string]any{}
		if n == len(c.Start)-1 {
			inputs = c.Inputs
		}
		w.start(id, contextOf(inputs))
	}
	w.advance((c.SettleMS + 999) / 1000)
	for _, i := range w.instances {
		if i.instance.Status() == machine.Failed {
			got.code = i.instance.Code()
		}
	}
	got.runtime = w.incidents > 0
	sort.Strings(got.trace)
	return got
}

// script does what a placeholder stands for.
func (g *betsyResult) script(w *world, i *running, e machine.Effect) {
	variables := map[string]any{}
	switch text := strings.TrimSpace(e.Text); {
	case text == "CREATE_LOG_FILE":
		g.reached = true
	case strings.HasPrefix(text, "SCRIPT_"):
		g.trace = append(g.trace, text)
	case strings.HasPrefix(text, "INCREMENT_INTEGER_VARIABLE"):
		n, _ := e.Payload.Get("integerVariable")
		v, _ := n.(feel.Number).Int64()
		variables["integerVariable"] = int(v) + 1
		if strings.HasSuffix(text, "_AND_LOG") {
			g.trace = append(g.trace, "INCREMENT_correct")
		}
	case text == "CREATE_MARKER_FILE":
		g.marker = true
	case text == "SET_STRING_DATA":
		for _, v := range w.model.Variables {
			variables[v.Name] = "String"
		}
		delete(variables, "integerVariable")
	case text == "LOG_DATA":
		for _, entry := range e.Payload.Entries() {
			if s, ok := entry.Value.(feel.String); ok && g.data == "" && entry.Key != "test" {
				g.data = string(s)
			}
		}
	case text == "THROW_ERROR":
		w.command(i, func(s *machine.Session) error { return s.Throw(e.Token, "ERR_CODE", nil) })
		return
	case text == "WAIT_TEN_SECONDS" || strings.HasPrefix(text, "CREATE_TIMESTAMP_LOG"):
		begun := w.now
		w.at(w.now+10, func() {
			if i.instance.Token(e.Token) == nil {
				return
			}
			g.busy[text] = [2]int64{begun, w.now}
			w.command(i, func(s *machine.Session) error { return s.Complete(e.Token, nil) })
		})
		return
	default:
		w.t.Errorf("unknown placeholder %q", text)
	}
	w.command(i, func(s *machine.Session) error { return s.Complete(e.Token, contextOf(variables)) })
}

func contextOf(values map[string]any) *feel.Context {
	var entries []feel.Entry
	keys := []string{}
	for k := range values {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		switch v := values[k].(type) {
		case string:
			entries = append(entries, feel.Entry{Key: k, Value: feel.String(v)})
		case float64:
			entries = append(entries, feel.Entry{Key: k, Value: feel.Int(int(v))})
		case int:
			entries = append(entries, feel.Entry{Key: k, Value: feel.Int(v)})
		case bool:
			entries = append(entries, feel.Entry{Key: k, Value: feel.Boolean(v)})
		case feel.Value:
			entries = append(entries, feel.Entry{Key: k, Value: v})
		}
	}
	return feel.NewContext(entries...)
}
