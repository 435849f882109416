package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/client/contracts"
)

// validatorResult is the JSON of one line of `staking validators`.
type validatorResult struct {
	Candidate     uint64 `json:"candidate" doc:"number, which delegations name"`
	Moniker       string `json:"moniker" doc:"what it calls itself"`
	Status        string `json:"status" doc:"Active, Standby, Candidate, Out or Barred"`
	Power         uint64 `json:"power" doc:"power in consensus"`
	StakeWei      string `json:"stakeWei" doc:"all stake, in wei"`
	SelfStakeWei  string `json:"selfStakeWei" doc:"its owner's stake, in wei"`
	CommissionBps uint16 `json:"commissionBps" doc:"part of the rewards that it keeps, in hundredths of a percent"`
	MissedBlocks  uint32 `json:"missedBlocks" doc:"blocks missed within the window"`
	Owner         string `json:"owner" doc:"account that runs it"`
}

// newValidatorsCommand is `staking validators` as a table of those who make
// blocks and those who would like to, the most powerful first.
func newValidatorsCommand(contract *contracts.Contract) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validators",
		Short: "Who makes blocks, who stands by, and how much is staked with each",
		Long: withFields(`Validators and candidates with their stake, the most powerful first. Their number
is what delegations name.`, []validatorResult{}),
		Args: cobra.NoArgs,
	}
	cmd.Flags().String("block", "latest", "`block` whose state is asked: a number, a hash or a tag")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		at, err := client.ParseBlockRef(cmd.Flag("block").Value.String())
		if err != nil {
			return misusef("--block: %v", err)
		}
		return withNode(cmd, func(ctx context.Context, node *client.Client) error {
			list, err := allValidators(ctx, node, at)
			if err != nil {
				return refusedBy(contract, err)
			}
			return emit(cmd, validatorResults(contract, list), func(w io.Writer) { printValidators(w, contract, list) })
		})
	}
	return cmd
}

// validatorsPage is how many candidates are asked for at once.
const validatorsPage = 100

// allValidators reads every page, the most powerful and then the richest first.
func allValidators(ctx context.Context, node *client.Client, at client.BlockRef) (list []contracts.StakingValidator, err error) {
	staking := contracts.NewStaking()
	for cursor := uint64(0); ; {
		page, err := client.Read(ctx, node, contracts.StakingAddress, staking.PackValidators(cursor, validatorsPage), at, staking.UnpackValidators)
		if err != nil {
			return nil, err
		}
		list = append(list, page.List...)
		if page.Next <= cursor {
			break
		}
		cursor = page.Next
	}
	slices.SortStableFunc(list, func(a, b contracts.StakingValidator) int {
		return cmp.Or(cmp.Compare(b.Power, a.Power), b.StakeWei.Cmp(a.StakeWei), cmp.Compare(a.Id, b.Id))
	})
	return list, nil
}

func validatorResults(contract *contracts.Contract, list []contracts.StakingValidator) []validatorResult {
	results := make([]validatorResult, len(list))
	for i, v := range list {
		results[i] = validatorResult{
			Candidate: v.Id, Moniker: v.Moniker, Status: contract.EnumName("IStaking.Status", v.Status), Power: v.Power,
			StakeWei: v.StakeWei.String(), SelfStakeWei: v.SelfStakeWei.String(), CommissionBps: v.CommissionBps,
			MissedBlocks: v.MissedBlocks, Owner: v.Owner.Hex(),
		}
	}
	return results
}

func printValidators(w io.Writer, contract *contracts.Contract, list []contracts.StakingValidator) {
	if len(list) == 0 {
		fmt.Fprintln(w, "(none)")
		return
	}
	power := uint64(0)
	for _, v := range list {
		power += v.Power
	}
	rows := make([][]string, len(list))
	for i, v := range list {
		rows[i] = []string{
			strconv.FormatUint(v.Id, 10), contracts.Printable(v.Moniker), contract.EnumName("IStaking.Status", v.Status),
			portion(v.Power, power), amount.CMT(v.StakeWei), amount.CMT(v.SelfStakeWei),
			fmt.Sprintf("%d.%02d %%", v.CommissionBps/100, v.CommissionBps%100), strconv.FormatUint(uint64(v.MissedBlocks), 10), v.Owner.Hex(),
		}
	}
	table(w, []string{"no", "moniker", "status", "power", "stake", "self-stake", "commission", "missed", "owner"}, rows)
}

// portion is a part of all power in percent, "-" for none.
func portion(part, all uint64) string {
	if part == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(all))
}
