package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// task finds an open task by the id of its node or the number of its token. Of
// several it takes the only one that the account may do.
func (o office) task(instance uint64, step string, account common.Address) (task contracts.ProcessTask, form workbench.Form, err error) {
	_, model, err := o.instance(instance)
	if err != nil {
		return task, form, err
	}
	tasks, err := askProcess(o, processContract.PackTasksOf(instance), processContract.UnpackTasksOf)
	if err != nil {
		return task, form, err
	}
	var found, mine []contracts.ProcessTask
	for _, each := range tasks {
		if each.Id != step && strconv.FormatUint(uint64(each.Token), 10) != step {
			continue
		}
		found = append(found, each)
		if each.Account == account || each.Account == everybody {
			mine = append(mine, each)
		}
	}
	if len(found) > 1 && len(mine) > 0 {
		found = mine
	}
	switch len(found) {
	case 0:
		return task, form, fmt.Errorf("instance %d has no open task %q; open are: %s", instance, step, openSteps(tasks))
	case 1:
	default:
		return task, form, fmt.Errorf("%q is open %d times: say which token out of %s", step, len(found), openSteps(found))
	}
	form, _ = model.Step(int(found[0].Node)) // what the contract lists as a task has one
	return found[0], form, nil
}

// openSteps lists tasks as "token id".
func openSteps(tasks []contracts.ProcessTask) string {
	if len(tasks) == 0 {
		return "none"
	}
	list := make([]string, len(tasks))
	for i, task := range tasks {
		list[i] = fmt.Sprintf("%d %s", task.Token, contracts.Printable(task.Id))
	}
	return strings.Join(list, ", ")
}

// openTask is the JSON of one line of `process tasks`.
type openTask struct {
	Instance uint64 `json:"instance" doc:"number of the instance"`
	Token    uint32 `json:"token" doc:"number of the task's token"`
	Step     string `json:"step" doc:"id of the node"`
	Name     string `json:"name" doc:"name of the node"`
	Role     string `json:"role,omitempty" doc:"whose step it is"`
	Account  string `json:"account" doc:"who may complete it"`
	Job      string `json:"job,omitempty" doc:"type of a job"`
	Worker   string `json:"worker,omitempty" doc:"who has taken the job"`
}

func newOpenTask(task contracts.ProcessTask) openTask {
	open := openTask{
		Instance: task.Instance, Token: task.Token, Step: task.Id, Name: task.Name, Role: task.Role, Job: task.Job,
		Account: accountName(task.Account),
	}
	if task.Worker != (common.Address{}) {
		open.Worker = task.Worker.Hex()
	}
	return open
}

func printTasks(w io.Writer, tasks []openTask) {
	if len(tasks) == 0 {
		fmt.Fprintln(w, "(none)")
		return
	}
	rows := make([][]string, len(tasks))
	for i, task := range tasks {
		whose := task.Role
		if task.Job != "" {
			whose = "job " + task.Job
		}
		rows[i] = []string{
			strconv.FormatUint(task.Instance, 10), strconv.FormatUint(uint64(task.Token), 10), contracts.Printable(task.Step),
			contracts.Printable(task.Name), contracts.Printable(whose), task.Account,
		}
	}
	table(w, []string{"instance", "token", "step", "name", "whose", "account"}, rows)
}

func newProcessTasksCommand(contract *contracts.Contract) *cobra.Command {
	var instance uint64
	var limit int
	cmd := &cobra.Command{
		Use:   "tasks [ACCOUNT]",
		Short: "The open tasks of an account or an instance",
		Long: withFields(`List the tasks that an account may complete, or the open tasks of one instance.
ACCOUNT is an address, dev0, dev1, … or everybody, for tasks that are open to all.`, []openTask{}),
		Example: `  cybermiles process tasks dev1
  cybermiles process tasks --instance 7`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (instance == 0) {
				return misusef("say whose tasks: an ACCOUNT or --instance NUMBER")
			}
			return withOffice(cmd, contract, func(o office) error {
				tasks, err := o.tasks(cmd, args, instance, limit)
				if err != nil {
					return err
				}
				results := make([]openTask, len(tasks))
				for i, task := range tasks {
					results[i] = newOpenTask(task)
				}
				return emit(cmd, results, func(w io.Writer) { printTasks(w, results) })
			})
		},
	}
	cmd.Flags().Uint64Var(&instance, "instance", 0, "`number` of the instance")
	cmd.Flags().IntVar(&limit, "limit", 100, "most `tasks` to list of an account")
	addBlockFlag(cmd)
	return cmd
}

// pageSize is how many instances are asked for at once.
const pageSize = 100

func (o office) tasks(cmd *cobra.Command, args []string, instance uint64, limit int) (list []contracts.ProcessTask, err error) {
	if instance != 0 {
		return askProcess(o, processContract.PackTasksOf(instance), processContract.UnpackTasksOf)
	}
	account, err := accountArg(cmd, args[0])
	if err != nil {
		return nil, err
	}
	for cursor := uint64(0); len(list) < limit; {
		page, err := askProcess(o, processContract.PackTasksFor(account, cursor, pageSize), processContract.UnpackTasksFor)
		if err != nil {
			return nil, err
		}
		list = append(list, page.Tasks...)
		if page.Next <= cursor {
			break
		}
		cursor = page.Next
	}
	return list[:min(limit, len(list))], nil
}

// listedInstance is the JSON of one line of `process instances`.
type listedInstance struct {
	Instance   uint64 `json:"instance" doc:"its number"`
	Process    string `json:"process" doc:"id of its process"`
	Model      string `json:"model" doc:"hash of its model"`
	Status     string `json:"status" doc:"running, completed, terminated, failed or canceled"`
	Starter    string `json:"starter" doc:"who started it"`
	BalanceWei string `json:"balanceWei" doc:"coins it holds, in wei"`
}

// statusNames are the states of an instance.
var statusNames = []string{"running", "completed", "terminated", "failed", "canceled"}

func statusName(status uint8) string {
	if int(status) < len(statusNames) {
		return statusNames[status]
	}
	return fmt.Sprint(status)
}

func newProcessInstancesCommand(contract *contracts.Contract) *cobra.Command {
	var model, status string
	var limit int
	cmd := &cobra.Command{
		Use:   "instances",
		Short: "The newest instances of processes",
		Long:  withFields(`List instances, the newest first.`, []listedInstance{}),
		Example: `  cybermiles process instances --status running
  cybermiles process instances --model sale.bpmn`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOffice(cmd, contract, func(o office) error {
				list, err := o.instances(cmd, model, status, limit)
				if err != nil {
					return err
				}
				return emit(cmd, list, func(w io.Writer) { printInstances(w, list) })
			})
		},
	}
	cmd.Flags().StringVar(&model, "model", "", "only those of a `model`: its file, hash or name")
	cmd.Flags().StringVar(&status, "status", "", "only those in a `state`: "+strings.Join(statusNames, ", "))
	cmd.Flags().IntVar(&limit, "limit", 20, "most `instances` to list")
	addBlockFlag(cmd)
	return cmd
}

// mostLooked is how many instances are looked at, at most.
const mostLooked = 1000

func (o office) instances(cmd *cobra.Command, model, status string, limit int) ([]listedInstance, error) {
	only := common.Hash{}
	if model != "" {
		var err error
		if only, err = o.hash(cmd, model); err != nil {
			return nil, err
		}
	}
	counts, err := askProcess(o, processContract.PackCounts(), processContract.UnpackCounts)
	if err != nil {
		return nil, err
	}
	list := []listedInstance{}
	for number, looked := counts.Started, 0; number > 0 && len(list) < limit && looked < mostLooked; number, looked = number-1, looked+1 {
		instance, err := askProcess(o, processContract.PackInstanceOf(number), processContract.UnpackInstanceOf)
		if err != nil {
			return nil, err
		}
		name := statusName(instance.Status)
		if model != "" && instance.Model != only || status != "" && name != status {
			continue
		}
		list = append(list, listedInstance{
			Instance: number, Process: instance.Process, Model: common.Hash(instance.Model).Hex(), Status: name,
			Starter: instance.Starter.Hex(), BalanceWei: instance.BalanceWei.String(),
		})
	}
	return list, nil
}

func printInstances(w io.Writer, list []listedInstance) {
	if len(list) == 0 {
		fmt.Fprintln(w, "(none)")
		return
	}
	rows := make([][]string, len(list))
	for i, each := range list {
		held, _ := amount.Parse(each.BalanceWei + "wei")
		rows[i] = []string{strconv.FormatUint(each.Instance, 10), contracts.Printable(each.Process), each.Status, amount.CMT(held), each.Starter}
	}
	table(w, []string{"instance", "process", "status", "holds", "starter"}, rows)
}
