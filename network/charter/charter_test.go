package charter

import (
	"cmp"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/network"
)

var begin = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func textOf(t testing.TB, c *Charter) string {
	t.Helper()
	text, err := c.Text()
	require.NoError(t, err)
	return text
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, c := range []*Charter{New(Public), New(Private), Main("list.csv")} {
		text := textOf(t, c)
		again, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, text, textOf(t, again))
		require.NotContains(t, text, "# \n", "a parameter without an explanation")
	}
}

func TestCommentedDefaultsAreTheDefaults(t *testing.T) {
	for _, kind := range []string{Public, Private} {
		text := textOf(t, New(kind))
		_, parameters, _ := strings.Cut(text, "[staking]")
		_, governance, _ := strings.Cut(text, "[governance]")
		if kind == Private {
			parameters = "[governance]" + governance
		} else {
			parameters = "[staking]" + parameters
		}
		active := strings.ReplaceAll(parameters, "\n#", "\n")
		require.NotEqual(t, parameters, active)
		c, err := Parse("kind = \"" + kind + "\"\n" + active)
		require.NoError(t, err, active)
		require.Equal(t, New(kind).Staking, c.Staking)
		require.Equal(t, New(kind).Governance, c.Governance)
		require.Equal(t, New(kind).Schedule, c.Schedule)
	}
}

const small = `kind = "public"
name = "Shops"
symbol = "SHOP"
chainId = 4242
chainName = "shops-1"
[supply]
total = "1000000.5"
ceiling = 2_000_000
rate = "4.5 %"
maxRate = "5%"
[[part]]
label = "Team"
account = "0x00000000000000000000000000000000000000aa"
amount = "1000.5"
[[part]]
label = "Treasury"
account = "treasury"
amount = 999_000
[[lock]]
label = "Team"
account = "0x00000000000000000000000000000000000000aa"
amount = 300
months = 1
[[lock]]
label = "for others"
account = "treasury"
owner = "0x00000000000000000000000000000000000000bb"
amount = 100
until = 2027-01-01T00:00:00Z
[[validator]]
moniker = "first"
owner = "0x00000000000000000000000000000000000000aa"
key = "0x0101010101010101010101010101010101010101010101010101010101010101"
selfStake = 200
commission = "10 %"
locked = true
[staking]
epochBlocks = 7
`

func TestComposeAndBuild(t *testing.T) {
	c, err := Parse(small)
	require.NoError(t, err)
	require.EqualValues(t, 7, c.Staking.EpochBlocks)
	require.EqualValues(t, 19, c.Staking.ActiveValidators)
	m, err := c.Compose(begin)
	require.NoError(t, err)
	require.Equal(t, []Sum{
		{"Team", 1, coins("1000.5")}, {"Treasury", 1, coins("999000")},
	}, m.Parts)
	doc, err := network.Build(m.Genesis, m.Validators, m.Time, c.ChainName)
	require.NoError(t, err)
	require.Equal(t, "shops-1", doc.ChainID)
	g, err := network.FromDocument(doc)
	require.NoError(t, err)
	for account, want := range map[common.Address]string{
		common.HexToAddress("0xaa"): "700.5", contracts.LockupAddress: "400",
		contracts.TreasuryAddress: "998900",
	} {
		require.Equal(t, coins(want), g.Alloc[account].Balance, account)
	}
	// A lock of a month from the 31st of January ends when Go's calendar says.
	require.Contains(t, string(g.Contracts["lockup"]), `"until":1772539200,"label":"Team"`)
	require.Contains(t, string(g.Contracts["lockup"]), `"account":"0x00000000000000000000000000000000000000bb","amountWei":"100000000000000000000","until":1798761600`)
	require.Contains(t, string(g.Contracts["supply"]), `"initialWei":"1000000500000000000000000","rateBps":450,"maxRateBps":500`)
	require.Contains(t, string(g.Contracts["staking"]), `"commissionBps":1000,"selfStakeWei":"200000000000000000000","locked":true`)
	require.NotEmpty(t, m.Genesis.Economy, "the composed genesis is left alone")
	require.Nil(t, m.Genesis.Contracts)
}

const private = `kind = "private"
name = "Mill"
chainId = 77
chainName = "mill-1"
[supply]
total = 100
[[part]]
label = "Office"
account = "0x00000000000000000000000000000000000000aa"
amount = 100
[[validator]]
moniker = "first"
owner = "0x00000000000000000000000000000000000000aa"
key = "0x0101010101010101010101010101010101010101010101010101010101010101"
power = 3
[authority]
administrator = "0x00000000000000000000000000000000000000bb"
[access]
deployers = "listed"
listedDeployers = ["0x00000000000000000000000000000000000000cc"]
administrators = ["0x00000000000000000000000000000000000000bb"]
`

func TestPrivateChain(t *testing.T) {
	c, err := Parse(private)
	require.NoError(t, err)
	m, err := c.Compose(begin)
	require.NoError(t, err)
	doc, err := network.Build(m.Genesis, m.Validators, m.Time, c.ChainName)
	require.NoError(t, err)
	g, err := network.FromDocument(doc)
	require.NoError(t, err)
	require.Zero(t, g.BaseFeeFloorWei)
	require.Zero(t, g.BaseFeeWei)
	require.NotContains(t, g.Contracts, "staking")
	require.JSONEq(t, `{"administrator":"0x00000000000000000000000000000000000000bb","feeReceiver":"0x0000000000000000000000000000000000000000","feeBlocks":1000,
		"validators":[{"account":"0x00000000000000000000000000000000000000aa","consensusKey":"0x0101010101010101010101010101010101010101010101010101010101010101","power":3,"name":"first"}]}`,
		string(g.Contracts["authority"]))
	require.JSONEq(t, `{"senders":0,"deployers":1,"listedDeployers":["0x00000000000000000000000000000000000000cc"],"administrators":["0x00000000000000000000000000000000000000bb"]}`,
		string(g.Contracts["access"]))
	require.Contains(t, string(g.Contracts["supply"]), `"ceilingWei":"100000000000000000000","initialWei":"100000000000000000000","rateBps":0,"maxRateBps":0`)
	for _, each := range []struct{ old, changed, want string }{
		{"power = 3", "selfStake = 3", "belong to a public chain"},
		{`"listed"`, `"some"`, "access.deployers is \"some\""},
		{`kind = "private"`, `kind = "public"`, "authority belongs to a private chain"},
		{"[authority]", "[founders]\nselfStake = 1\n[authority]", "nothing is staked on this one"},
		{"power = 3", "power = 9999999999999999", "authority: the genesis cannot be"},
	} {
		require.ErrorContains(t, build(strings.Replace(private, each.old, each.changed, 1)), each.want, each.changed)
	}
}

func coins(text string) *big.Int {
	wei, err := decimal(text, 18)
	if err != nil {
		panic(err)
	}
	return wei
}

func TestRefusals(t *testing.T) {
	for _, each := range []struct{ old, changed, want string }{
		{`kind = "public"`, `kind = "other"`, `kind is "other"; it is "public" or "private"`},
		{`symbol =`, `symbl =`, `there is no key symbl; did you mean symbol?`},
		{`epochBlocks`, `epochBlock`, `there is no key staking.epochBlock; did you mean epochBlocks?`},
		{`commission =`, `comission =`, `there is no key validator.comission; did you mean commission?`},
		{`[staking]`, `[stake]`, `there is no key stake; did you mean staking?`},
		{`"1000000.5"`, `"1000001.5"`, `the parts add up to "1000000.5" coins, supply.total is "1000001.5"`},
		{`"1000000.5"`, `1000000.5`, `write an amount with a fraction as text, such as "1000000.5"`},
		{`"4.5 %"`, `4`, `write it as text, such as "8 %"`},
		{`"4.5 %"`, `"101 %"`, `is above 100%`},
		{`amount = 300`, `amount = 3000`, `lock "Team": account 0x00000000000000000000000000000000000000AA has 1000500000000000000000 wei`},
		{`selfStake = 200`, `selfStake = 301`, `candidate 1, first: the account has fewer locked coins`},
		{`months = 1`, `months = 1` + "\nuntil = 2027-01-01T00:00:00Z", `give either months`},
		{`2027-01-01`, `2025-01-01`, `lock "for others" ends 2025-01-01, before the chain begins`},
		{`account = "treasury"` + "\namount = 999_000", `amount = 999_000`, `give one of snapshot, alloc and account`},
		{`owner = "0x00000000000000000000000000000000000000bb"`, `owner = "0xbb"`, `write 0x and 40 hexadecimal digits`},
		{`00000000000000000000000000000000000000bb`, `70997970C51812dc3A010C7d01b50e0d17dc79c8`, `wrong checksum`},
		{`key = "0x01`, `key = "0x`, `expected 32 bytes in hexadecimal or base64`},
		{`ceiling = 2_000_000`, `ceiling = 1_000_000`, `supply: the genesis cannot be`},
		{`epochBlocks = 7`, `epochBlocks = 0`, `epochBlocks`},
		{`name = "Shops"`, `name = Shops`, `line 2`},
	} {
		text := strings.Replace(small, each.old, each.changed, 1)
		require.NotEqual(t, small, text, each.old)
		require.ErrorContains(t, build(text), each.want, each.changed)
	}
}

func build(text string) error {
	c, err := Parse(text)
	if err != nil {
		return err
	}
	m, err := c.Compose(begin)
	if err != nil {
		return err
	}
	_, err = network.Build(m.Genesis, m.Validators, m.Time, c.ChainName)
	return err
}

// The main network: the real list, the three locks of the white paper, and nothing but the token's billion.
func TestMainNetwork(t *testing.T) {
	list, err := filepath.Abs(cmp.Or(os.Getenv("CMT_SNAPSHOT"), "../../../shared/data/"+MainSnapshot))
	require.NoError(t, err)
	if _, err := os.Stat(list); err != nil {
		t.Skipf("SKIPPED: no holders' list: %v; set CMT_SNAPSHOT to the path of %s", err, MainSnapshot)
	}
	const holder = "0xfe9e8709d3215310075d67e3ed32a380ccf451c8"
	text := textOf(t, Main(list)) + "\n[[validator]]\nmoniker = \"first\"\nowner = \"" + holder + "\"\nselfStake = 1_000_000\nkey = \"" + strings.Repeat("07", 32) + "\"\n"
	path := filepath.Join(t.TempDir(), "chain.toml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	c, err := Read(path)
	require.NoError(t, err)
	m, err := c.Compose(begin)
	require.NoError(t, err)
	require.Equal(t, []Sum{{"Holders of the ERC-20 token", 22_035, coins("1000000000")}}, m.Parts)
	doc, err := network.Build(m.Genesis, m.Validators, m.Time, c.ChainName)
	require.NoError(t, err)
	g, err := network.FromDocument(doc)
	require.NoError(t, err)
	require.Equal(t, coins("1000000000"), g.TotalWei())
	require.Zero(t, g.Alloc[common.HexToAddress(teamAccount)].Balance.Sign(), "all of 5miles and the Foundation is locked")
	require.Equal(t, coins("300000000"), g.Alloc[contracts.LockupAddress].Balance)
	require.Equal(t, coins("168488092.935645"), g.Alloc[common.HexToAddress(developmentAccount)].Balance)
	require.Equal(t, coins("1000000"), g.Alloc[contracts.StakingAddress].Balance)
	until := begin.AddDate(0, 30, 0)
	allocation, err := g.Allocation()
	require.NoError(t, err)
	for i, label := range []string{"5miles", "CyberMiles Foundation", "Later development"} {
		row := allocation.Shares[i+1]
		require.Equal(t, label, row.Part)
		require.Equal(t, coins("100000000"), row.Wei)
		require.Equal(t, until, row.Until)
	}
	require.Equal(t, coins("10000000000"), allocation.CeilingWei)
	require.Equal(t, coins("1000000000"), allocation.TotalWei)
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add(textOf(f, New(Private)))
	f.Fuzz(func(_ *testing.T, text string) {
		if c, err := Parse(text); err == nil && len(c.Part) == 0 {
			_, _ = c.Compose(begin)
		}
	})
}
