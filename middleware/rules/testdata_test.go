package rules

// riskRules use what leaves a trace in a session's storage: logical facts with
// several supports, accumulates whose results change, agenda groups, negation,
// rules that fire again.
const riskRules = `
template Order
    id: int
    buyer: string
    amount: decimal
    flagged: boolean = false
end
template Suspect
    buyer: string
end
template Blocked
    buyer: string
    until: int = 9
end
rule "large"
    salience 5
    no-loop
when
    $o : Order(amount > 500, !flagged)
then
    update $o (flagged = true)
    emit "flag" (order = $o.id, buyer = $o.buyer)
end
rule "suspect"
when
    Order(amount > 300, $b : buyer)
then
    insertLogical Suspect(buyer = $b)
end
rule "many"
when
    Order($first : id, $b : buyer)
    not Order(buyer == $b, id < $first)
    accumulate (Order(buyer == $b, $a : amount); $n : count(), $total : sum($a), $all : collect($a))
    test ($n > 1)
then
    emit "many" (buyer = $b, total = $total, amounts = $all)
    focus "desk"
end
rule "desk"
    agenda-group "desk"
when
    Suspect($b : buyer)
    Order(buyer == $b, $id : id)
    not Blocked(buyer == $b)
then
    emit "look" (order = $id)
end
rule "calm"
    salience -1
when
    not Blocked()
then
    emit "calm" ()
end
rule "again"
    lock-on-active
when
    Suspect($b : buyer)
    exists Order(buyer == $b, flagged)
then
    insert Blocked(buyer = $b)
end
rule "quiet"
    agenda-group "later"
when
    Order($id : id)
then
    emit "quiet" (order = $id)
end
`

// chainRules count: each firing gives rise to the next.
const chainRules = `
template Step
    n: int
end
rule "next"
when
    Step($n : n < 1000000)
then
    insert Step(n = $n + 1)
    emit "step" (n = $n)
end
`

// failingRules divide by what a fact says.
const failingRules = `
template Share
    of: decimal
    parts: decimal
end
rule "share"
when
    $s : Share(parts >= 0)
then
    emit "share" (each = $s.of / $s.parts)
end
`
