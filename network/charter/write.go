package charter

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"text/template"
	"time"

	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/network"
)

//go:embed chain.toml.tmpl
var pattern string

var document = template.Must(template.New("chain.toml").Funcs(template.FuncMap{"parameters": parameters, "text": quote}).Parse(pattern))

// The main network, whose table is the white paper's.
const (
	// MainSnapshot is the name of the list of the ERC-20 token's holders.
	MainSnapshot = "cmt-erc20-snapshot-6486489.csv"

	mainTotal = 1_000_000_000

	// teamAccount holds exactly what 5miles and the Foundation were given.
	teamAccount = "0x1a14ec3003c943a0624c7c513d502559c8b1b041"

	// developmentAccount holds more of the token than any other. See docs/guides/network.md on why the coins of later
	// development are taken from it unless the file says otherwise.
	developmentAccount = "0x46705dfff24256421a05d056c29e81bdc09723b8"
)

// Main is the main network's charter; snapshot is the path of the holders' list.
func Main(snapshot string) *Charter {
	c := New(Public)
	c.Name, c.ChainID, c.ChainName = "CyberMiles", network.MainChainID, "cybermiles-18"
	c.Supply.Total = whole(mainTotal)
	c.Founders = Founders{}
	total := whole(mainTotal)
	c.Part = []Part{{Label: "Holders of the ERC-20 token", Snapshot: snapshot, Total: &total}}
	const months = 30
	team, development := account(teamAccount), account(developmentAccount)
	c.Lock = []Lock{
		{Label: "5miles", Account: team, Amount: whole(100_000_000), Months: months},
		{Label: "CyberMiles Foundation", Account: team, Amount: whole(100_000_000), Months: months},
		{Label: "Later development", Account: development, Owner: account(treasury), Amount: whole(100_000_000), Months: months},
	}
	return c
}

func account(text string) (a Account) {
	if err := a.UnmarshalTOML(text); err != nil {
		panic(err) // constants of this package
	}
	return a
}

// Text writes the charter with every key explained. A key that has its kind's default is commented out, so that the
// file says in short what is particular about the chain.
func (c *Charter) Text() (string, error) {
	var b strings.Builder
	err := document.Execute(&b, map[string]any{"C": c, "D": New(c.Kind), "Public": c.Kind == Public})
	return b.String(), err
}

// String writes the account as the file has it.
func (a Account) String() string {
	if a == account(treasury) {
		return quote(treasury)
	}
	return quote(a.address.Hex())
}

// Given reports whether the file names the account.
func (a Account) Given() bool { return a.given }

func quote(value any) string {
	text := fmt.Sprint(value)
	if d, ok := value.(network.Duration); ok {
		text = time.Duration(d).String()
	}
	quoted, _ := json.Marshal(text) // a JSON string is a TOML string
	return string(quoted)
}

// parameters writes a contract's parameters, each behind its explanation and commented out when it is the default.
func parameters(have, defaults any) string {
	var b strings.Builder
	value, standard := reflect.ValueOf(have), reflect.ValueOf(defaults)
	for i := range value.NumField() {
		field := value.Type().Field(i)
		key := keyName(field.Name)
		text := parameterText(value.Field(i))
		comment := ""
		if text == parameterText(standard.Field(i)) {
			comment = "#"
		}
		fmt.Fprintf(&b, "%-*s # %s\n", valueColumn, fmt.Sprintf("%s%s = %s", comment, key, text), parameterComments[key])
	}
	return b.String()
}

const valueColumn = 42 // where explanations begin

func parameterText(value reflect.Value) string {
	if wei, ok := value.Interface().(*uint256.Int); ok {
		return quote(wei.Dec())
	}
	return fmt.Sprint(value.Interface())
}

// parameterComments explain the contracts' parameters.
var parameterComments = map[string]string{
	"activeValidators":    "how many make blocks *",
	"standbyValidators":   "how many stand by *",
	"minSelfStakeBps":     "least part of a candidate's stake that is its own, in hundredths of a percent *",
	"maxPowerBps":         "most of all power that one validator gets *",
	"powerSlackBps":       "with few validators: at most 1/n and this *",
	"doubleSignSlashBps":  "part of the stake that signing twice costs *",
	"absenceSlashBps":     "part of the stake that absence costs *",
	"absenceMaxMissedBps": "absent is who missed more than this of the window *",
	"absenceWindowBlocks": "the window, in blocks *",
	"absenceOutSeconds":   "an absent validator stays out at least so long *",
	"epochBlocks":         "blocks between two elections *",
	"unbondingSeconds":    "stake taken back can still be slashed so long *",
	"minDelegationWei":    "smallest delegation, in wei *",
	"standbyRewardBps":    "part of the rewards that the standby validators share",
	"commissionRaiseBps":  "most that a commission rises in a day",
	"weiPerPower":         "stake that makes one unit of power, in wei",
	"votingDelay":         "seconds between a proposal and the vote *",
	"votingPeriod":        "seconds of voting *",
	"executionDelay":      "seconds between passing and execution *",
	"executionWindow":     "seconds in which it must be executed then *",
	"depositWei":          "deposit of a proposal, in wei *",
	"callGas":             "gas of each call that a proposal makes *",
	"maxOpenProposals":    "open proposals of one account *",
	"quorumNumerator":     "this part of the stake must vote *",
	"quorumDenominator":   "*",
	"passNumerator":       "more than this part of the votes passes *",
	"passDenominator":     "*",
	"vetoNumerator":       "more than this part of the votes forbids *",
	"vetoDenominator":     "*",
	"maxGasLimit":         "most gas of one scheduled call *",
	"overheadGas":         "gas that scheduling itself is charged with *",
	"maxDataBytes":        "longest data of a scheduled call *",
	"backOffSeconds":      "wait before a failed call is tried again *",
	"maxAttempts":         "times that it is tried *",
}
