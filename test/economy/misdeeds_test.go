package economy

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client/contracts"
)

// TestMisdeeds: a validator that stays away is slashed and out until it asks
// back; one that signs twice is slashed and barred for good.
func TestMisdeeds(t *testing.T) {
	t.Parallel()
	n := newNet(t, 20)
	staysAway(n)
	signsTwice(n)
	n.RequireSame()
}

func staysAway(n *net) {
	n.t.Helper()
	const id = 4
	lazy, owner := n.Nodes[id-1], n.operator(id-1)
	key, stake := n.keyOf(lazy.Home), n.candidate(id).StakeWei
	n.must(n.Spare, owner.Address, cmt(1), nil)
	lazy.Stop()
	n.until("the absent validator to be out", func() bool { return !n.decides(key) })
	v := n.candidate(id)
	require.EqualValues(n.t, out, v.Status)
	thousandth := new(big.Int).Div(stake, big.NewInt(1_000))
	require.Equal(n.t, new(big.Int).Sub(stake, thousandth), v.StakeWei, "0.1 %")
	supply := contracts.NewSupply()
	require.Equal(n.t, thousandth, view(n, contracts.SupplyAddress, supply.PackBurned(), supply.UnpackBurned))

	lazy.Start()
	lazy.WaitHeight(n.Nodes[0].Height(), patience)
	time.Sleep(absentFor * time.Second)
	n.must(owner, contracts.StakingAddress, nil, n.staking.PackRejoin())
	n.until("the validator to be back", func() bool { return n.decides(key) })
	require.Len(n.t, n.validators(), 4)
}

func signsTwice(n *net) {
	n.t.Helper()
	const id = 3
	honest, owner := n.Nodes[id-1], n.operator(id-1)
	key, stake := n.keyOf(honest.Home), n.candidate(id).StakeWei
	n.must(n.Spare, owner.Address, cmt(1), nil)
	stop := n.DoubleSign(honest)
	n.until("the evidence to bar the validator", func() bool { return n.candidate(id).Status == barred })
	stop()
	n.until("consensus to go on without it", func() bool { return !n.decides(key) })
	v := n.candidate(id)
	twentieth := new(big.Int).Div(stake, big.NewInt(20))
	require.Equal(n.t, new(big.Int).Sub(stake, twentieth), v.StakeWei, "5 %")
	receipt := n.send(owner, contracts.StakingAddress, nil, n.staking.PackRejoin())
	require.Zero(n.t, receipt.Status, "barred for good")
	height := n.Nodes[0].Height()
	n.Nodes[0].WaitHeight(height+10, patience)
	require.Len(n.t, n.validators(), 3)
}
