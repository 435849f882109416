package bind_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/bind"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

const root = "../../../"

func open(t testing.TB, path string) *workbench.Model {
	t.Helper()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	model, _, err := compiler.Compile(source, compiler.Options{})
	require.NoError(t, err)
	return workbench.New(model)
}

// every has a variable of each kind and names that are words of the languages.
const every = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cm="urn:cybermiles:process:1" id="d" targetNamespace="urn:test">
<itemDefinition id="number" structureRef="number"/><itemDefinition id="string" structureRef="string"/><itemDefinition id="boolean" structureRef="boolean"/>
<itemDefinition id="date" structureRef="date"/><itemDefinition id="numbers" structureRef="number" isCollection="true"/>
<message id="M" name="ping"><extensionElements><cm:subscription key="=string"/></extensionElements></message>
<process id="all-kinds" isExecutable="true">
<property id="p1" name="rate" itemSubjectRef="number"/><property id="p2" name="string" itemSubjectRef="string"/><property id="p3" name="is it" itemSubjectRef="boolean"/>
<property id="p4" name="day" itemSubjectRef="date"/><property id="p5" name="marks" itemSubjectRef="numbers"/>
<startEvent id="s"><outgoing>f1</outgoing></startEvent><sequenceFlow id="f1" sourceRef="s" targetRef="return"/>
<userTask id="return"><extensionElements><cm:role name="type"/><cm:output source="=rate" target="rate"/><cm:output source="=string" target="string"/><cm:output source="=is it" target="is it"/>
<cm:output source="=day" target="day"/><cm:output source="=marks" target="marks"/><cm:output source="=else" target="else"/></extensionElements><incoming>f1</incoming><outgoing>f2</outgoing></userTask>
<sequenceFlow id="f2" sourceRef="return" targetRef="start"/>
<receiveTask id="start" messageRef="M"><incoming>f2</incoming><outgoing>f3</outgoing></receiveTask>
<sequenceFlow id="f3" sourceRef="start" targetRef="e"/><endEvent id="e"><incoming>f3</incoming></endEvent></process></definitions>`

func target(t testing.TB) bind.Target {
	source := strings.ReplaceAll(every, "else", "otherwise")
	model, _, err := compiler.Compile([]byte(source), compiler.Options{})
	require.NoError(t, err)
	return bind.Target{Model: workbench.New(model), Scales: map[string]int{"rate": 4}}
}

// The library of the example is what this package writes.
func TestExampleIsUpToDate(t *testing.T) {
	code, err := bind.Solidity(bind.Target{Model: open(t, root+"solidity/process-examples/sale.bpmn")})
	require.NoError(t, err)
	committed, err := os.ReadFile(root + "solidity/process-examples/Sale.sol")
	require.NoError(t, err)
	require.Equal(t, string(code), string(committed), "write it again with the command in docs/guides/process.md")
}

func TestRefuses(t *testing.T) {
	for name, change := range map[string]func(*bind.Target){
		"decimals": func(t *bind.Target) { t.Decimals = 19 },
		"scale":    func(t *bind.Target) { t.Scales = map[string]int{"rate": -1} },
		"name":     func(t *bind.Target) { t.Name = "a {} library" },
	} {
		for _, write := range []func(bind.Target) ([]byte, error){bind.Solidity, bind.Go, bind.TypeScript} {
			bad := target(t)
			change(&bad)
			_, err := write(bad)
			require.Error(t, err, name)
		}
	}
}

// wanted is what every language has to pack for the same values.
func wanted(t *testing.T, m *workbench.Model) string {
	form, ok := m.Step(m.Lookup("return"))
	require.True(t, ok)
	packed, err := form.Pack([]byte(`{"rate": 0.015, "string": "Zoë", "is it": true, "day": "2026-02-03", "marks": [1, -2]}`))
	require.NoError(t, err)
	return hexutil.Encode(packed)
}

// The Go package compiles within this module and packs what the workbench does.
func TestGo(t *testing.T) {
	target := target(t)
	code, err := bind.Go(target)
	require.NoError(t, err)
	dir, err := os.MkdirTemp(".", "bound")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Mkdir(filepath.Join(dir, "allkinds"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "allkinds", "allkinds.go"), code, 0o600))
	main := strings.ReplaceAll(goMain, "PATH", "github.com/cybermiles/cybermiles/middleware/process/bind/"+filepath.Base(dir)+"/allkinds")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(main), 0o600))
	output, err := exec.Command("go", "run", "./"+dir).CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, string(output), wanted(t, target.Model)[2+6:], "the variables, after their number")
}

const goMain = `package main

import (
	"fmt"

	allkinds "PATH"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
)

func main() {
	day, _ := calendar.ParseDate("2026-02-03")
	rate, _ := decimal.Parse("0.015")
	data, err := allkinds.PackReturn(7, 5, allkinds.Return{Rate: rate, String: "Zoë", IsIt: true, Day: day, Marks: []decimal.Decimal{decimal.FromInt64(1), decimal.FromInt64(-2)}})
	fmt.Printf("%x %v\n", data, err)
}
`

// The TypeScript module passes the compiler and packs what the workbench does.
func TestTypeScript(t *testing.T) {
	target := target(t)
	code, err := bind.TypeScript(target)
	require.NoError(t, err)
	ts, err := filepath.Abs(root + "client/ts")
	require.NoError(t, err)
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(ts + "/node_modules/typescript/bin/tsc"); err != nil || missing != nil {
		t.Skip("Node.js or TypeScript is missing: run `npm ci` in client/ts to run this test")
	}
	dir := t.TempDir()
	abi, err := os.ReadFile(ts + "/src/process.ts")
	require.NoError(t, err)
	for name, content := range map[string]string{
		"package.json": `{"type": "module"}`, "contracts.ts": string(abi), "bound.ts": strings.ReplaceAll(string(code), "@cybermiles/contracts", "./contracts.js"),
		"main.ts": `import { return_, start } from './bound.js'
const call = return_(7n, 5, { rateE4: 150n, string_: 'Zoë', isIt: true, day: 20487n, marks: [1n, -2n] })
console.log(call.functionName, call.args[2], start({ type_: '0x01' }).args[2].length)
`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	compile := exec.Command(node, ts+"/node_modules/typescript/bin/tsc", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom",
		"main.ts")
	compile.Dir = dir
	output, err := compile.CombinedOutput()
	require.NoError(t, err, string(output))
	run, err := exec.Command(node, dir+"/main.js").CombinedOutput()
	require.NoError(t, err, string(run))
	fields := strings.Fields(string(run))
	require.Equal(t, "complete", fields[0])
	// 150 at four decimals is 0.015 with a digit more: the chain reads both alike.
	back, err := workbench.JSON(hexutil.MustDecode(fields[1]))
	require.NoError(t, err)
	var got, want any
	require.NoError(t, json.Unmarshal(back, &got))
	plain, err := workbench.JSON(hexutil.MustDecode(wanted(t, target.Model)))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(plain, &want))
	require.Equal(t, fmt.Sprint(want), fmt.Sprint(got))
}
