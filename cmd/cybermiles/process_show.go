package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/render"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// shownInstance is the JSON of `process show`.
type shownInstance struct {
	Instance   uint64                     `json:"instance" doc:"its number"`
	Process    string                     `json:"process" doc:"id of its process"`
	Model      string                     `json:"model" doc:"hash of its model"`
	Status     string                     `json:"status" doc:"running, completed, terminated, failed or canceled"`
	Code       string                     `json:"code,omitempty" doc:"code of the error that failed it"`
	Starter    string                     `json:"starter" doc:"who started it"`
	Parent     uint64                     `json:"parent,omitempty" doc:"the instance that called it"`
	Account    string                     `json:"account" doc:"the account that holds its coins and tokens"`
	BalanceWei string                     `json:"balanceWei" doc:"coins it holds, in wei"`
	DepositWei string                     `json:"depositWei" doc:"coins that pay for the gas of its timers, in wei"`
	NextTimer  string                     `json:"nextTimer,omitempty" doc:"when the chain next looks at it"`
	Stopped    bool                       `json:"timersStopped,omitempty" doc:"whether its timers stand still"`
	Roles      map[string]string          `json:"roles" doc:"who has which role"`
	Variables  map[string]json.RawMessage `json:"variables" doc:"variables of the process, by name"`
	Tokens     []shownToken               `json:"tokens" doc:"where it stands: token, step, state and the reason of an incident"`
	Waits      []shownWait                `json:"waits" doc:"the timers, messages, signals and conditions that it waits for"`
	Tasks      []openTask                 `json:"tasks" doc:"its open tasks and jobs, as process tasks lists them"`
	Out        string                     `json:"out,omitempty" doc:"file that was written"`
	Drawing    string                     `json:"drawing,omitempty" doc:"the diagram with the tokens on it, when no file was written"`

	roles     []contracts.ProcessRole
	variables []contracts.ProcessVariable
	instance  contracts.ProcessInstance
}

type shownToken struct {
	Token  uint32 `json:"token"`
	Step   string `json:"step"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

type shownWait struct {
	Step string `json:"step"`
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	Key  string `json:"key,omitempty"`
	Due  string `json:"due,omitempty"`
}

// showFlags are how an instance is shown.
type showFlags struct {
	source, out string
	svg         bool
}

func newProcessShowCommand(contract *contracts.Contract) *cobra.Command {
	var flags showFlags
	cmd := &cobra.Command{
		Use:   "show INSTANCE",
		Short: "Where an instance stands: its diagram with the tokens on it, variables and tasks",
		Long: withFields(`Show an instance with the diagram of its process and a ● for each token. The chain
keeps the compiled model: the layout that a modeller gave the diagram is in the source,
which is compared with the hash that the model was deployed with.`, shownInstance{}),
		Example: `  cybermiles process show 7
  cybermiles process show 7 --source sale.bpmn --out sale.svg`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := instanceArg(args[0])
			if err != nil {
				return err
			}
			return withOffice(cmd, contract, func(o office) error {
				shown, err := o.show(cmd, number, flags)
				if err != nil {
					return err
				}
				if flags.svg && flags.out == "" && !asJSON(cmd) {
					_, err = io.WriteString(cmd.OutOrStdout(), shown.Drawing)
					return err
				}
				return emit(cmd, shown, shown.print)
			})
		},
	}
	cmd.Flags().StringVar(&flags.source, "source", "", "`file` that the model was compiled from, for its layout")
	cmd.Flags().StringVar(&flags.out, "out", "", "SVG `file` to write")
	cmd.Flags().BoolVar(&flags.svg, "svg", false, "print the diagram as SVG")
	addBlockFlag(cmd)
	return cmd
}

func (o office) show(cmd *cobra.Command, number uint64, flags showFlags) (*shownInstance, error) {
	shown, model, err := o.describe(number)
	if err != nil {
		return nil, err
	}
	source, err := o.source(cmd, flags.source, shown.instance.Model)
	if err != nil {
		return nil, err
	}
	process, err := model.Executable(shown.Process)
	if err != nil {
		return nil, err
	}
	tokens := map[string]int{}
	for _, token := range shown.Tokens {
		tokens[token.Step]++
	}
	diagram, err := model.Draw(process, source, tokens)
	if err != nil {
		return nil, err
	}
	return shown, shown.draw(cmd, diagram, flags)
}

// draw puts the diagram where the flags say.
func (s *shownInstance) draw(cmd *cobra.Command, diagram *render.Diagram, flags showFlags) error {
	if flags.out != "" {
		s.Out = flags.out
		note(cmd, "wrote %s", flags.out)
		return os.WriteFile(flags.out, []byte(diagram.SVG()), 0o644)
	}
	if s.Drawing = diagram.Text(); flags.svg {
		s.Drawing = diagram.SVG()
	}
	return nil
}

// describe reads everything there is to know of an instance.
func (o office) describe(number uint64) (*shownInstance, *workbench.Model, error) {
	instance, model, err := o.instance(number)
	if err != nil {
		return nil, nil, err
	}
	s := &shownInstance{
		Instance: number, Process: instance.Process, Model: common.Hash(instance.Model).Hex(), Status: statusName(instance.Status), Code: instance.Code,
		Starter: instance.Starter.Hex(), Parent: instance.Parent, Account: instance.Account.Hex(), BalanceWei: instance.BalanceWei.String(),
		DepositWei: instance.DepositWei.String(), NextTimer: moment(instance.NextTimer), Stopped: instance.TimersStopped,
		Roles: map[string]string{}, Variables: map[string]json.RawMessage{}, Tokens: []shownToken{}, Waits: []shownWait{}, Tasks: []openTask{}, instance: instance,
	}
	if s.roles, err = askProcess(o, processContract.PackRolesOf(number), processContract.UnpackRolesOf); err != nil {
		return nil, nil, err
	}
	for _, role := range s.roles {
		s.Roles[role.Role] = accountName(role.Account)
	}
	if err := s.readVariables(o); err != nil {
		return nil, nil, err
	}
	return s, model, s.readState(o)
}

func (s *shownInstance) readVariables(o office) (err error) {
	if s.variables, err = askProcess(o, processContract.PackVariablesOf(s.Instance), processContract.UnpackVariablesOf); err != nil {
		return err
	}
	for _, variable := range s.variables {
		if variable.Scope != processScope {
			continue
		}
		if s.Variables[variable.Name], err = workbench.JSON(variable.Value); err != nil {
			return err
		}
	}
	return nil
}

// processScope is the scope of the process itself.
const processScope = 1

// The words for what tokens do and instances wait for, by number.
var (
	tokenStates = []string{"ready", "ready", "at a join", "waiting", "inside", "compensating", "incident"}
	waitKinds   = []string{"message", "timer", "signal", "error", "escalation", "condition"}
)

func wordOf(words []string, number uint8) string {
	if int(number) < len(words) {
		return words[number]
	}
	return fmt.Sprint(number)
}

func (s *shownInstance) readState(o office) error {
	state, err := askProcess(o, processContract.PackStateOf(s.Instance), processContract.UnpackStateOf)
	if err != nil {
		return err
	}
	for _, token := range state.Tokens {
		s.Tokens = append(s.Tokens, shownToken{token.Token, token.Id, wordOf(tokenStates, token.State), token.Reason})
	}
	for _, wait := range state.Waits {
		s.Waits = append(s.Waits, shownWait{wait.Id, wordOf(waitKinds, wait.Kind), wait.Name, wait.Key, moment(wait.Due)})
	}
	tasks, err := askProcess(o, processContract.PackTasksOf(s.Instance), processContract.UnpackTasksOf)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		s.Tasks = append(s.Tasks, newOpenTask(task))
	}
	return nil
}

// moment is a time of the chain for people, "" for never.
func moment(seconds uint64) string {
	if seconds == 0 || seconds > 1<<40 {
		return ""
	}
	return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
}

func (s *shownInstance) print(w io.Writer) {
	timers := s.NextTimer
	if s.Stopped {
		timers = "they stand still; top up the deposit and retry"
	}
	parent := ""
	if s.Parent != 0 {
		parent = fmt.Sprintf("instance %d", s.Parent)
	}
	properties(w, row{"process", contracts.Printable(s.Process)}, row{"model", s.Model}, row{"status", strings.TrimSpace(s.Status + " " + contracts.Printable(s.Code))},
		row{"starter", s.Starter}, row{"called by", parent}, row{"account", s.Account}, row{"holds", amount.CMT(s.instance.BalanceWei)},
		row{"deposit", amount.CMT(s.instance.DepositWei)}, row{"timers", timers})
	rows := make([]row, len(s.roles))
	for i, role := range s.roles {
		rows[i] = row{contracts.Printable(role.Role), accountName(role.Account)}
	}
	section(w, "roles", rows)
	rows = nil
	for _, variable := range s.variables {
		if variable.Scope == processScope && s.Roles[variable.Name] == "" {
			rows = append(rows, row{contracts.Printable(variable.Name), contracts.Printable(string(s.Variables[variable.Name]))})
		}
	}
	section(w, "variables", rows)
	rows = nil
	for _, token := range s.Tokens {
		if token.Reason != "" {
			rows = append(rows, row{fmt.Sprintf("%d %s", token.Token, contracts.Printable(token.Step)), contracts.Printable(token.Reason)})
		}
	}
	section(w, "incidents", rows)
	rows = nil
	for _, wait := range s.Waits {
		rows = append(rows, row{contracts.Printable(wait.Step), contracts.Printable(strings.TrimSpace(strings.Join([]string{wait.Kind, wait.Name, wait.Key, wait.Due}, " ")))})
	}
	section(w, "waits for", rows)
	if len(s.Tasks) > 0 {
		fmt.Fprintln(w, "\nopen tasks")
		printTasks(w, s.Tasks)
	}
	if s.Drawing != "" {
		fmt.Fprint(w, "\n"+s.Drawing)
	}
}

// section writes properties under a heading, nothing when there are none.
func section(w io.Writer, heading string, rows []row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", heading)
	properties(w, rows...)
}
