// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Rules
/// @notice Decision models (DMN 1.5 with FEEL) that contracts evaluate, and sets of production rules that they run, at once or
/// in sessions whose facts stay: deployed once, named by their hash, the same answer on every node. `cybermiles rules bind`
/// makes a Solidity library of a model, so that nobody packs bytes by hand.
/// @custom:address 0x000000000000000000000000000000000000c101
interface IRules {
    /// @notice A step of an evaluation: a decision that was made, or a table that matched.
    struct Step {
        /// @notice name of the decision or the table
        string element;
        /// @notice rules of the table that matched, from 1; empty for a decision
        uint32[] matched;
        /// @notice value of the decision in the wire form; empty for a table
        bytes value;
    }

    /// @notice Why firing ended.
    enum Status {
        /// nothing is left to fire in the agenda groups that have the focus
        Done,
        /// a limit was reached: the next call goes on
        Paused,
        /// a rule halted: the next call goes on
        Halted
    }

    /// @notice A fact of a working memory.
    struct Fact {
        /// @notice its number, from 1, which it keeps
        uint64 id;
        /// @notice place of its template in the rule set, from 0
        uint32 template;
        /// @notice whether it lives only as long as what rules concluded it from
        bool logical;
        /// @notice the values of its slots in the template's order, each in the wire form
        bytes slots;
    }

    /// @notice What a rule emitted.
    struct Result {
        /// @notice name of the rule
        string rule;
        /// @notice name of the result
        string name;
        /// @notice its fields: a context in the wire form
        bytes fields;
    }

    /// @notice What is known about a session.
    struct Session {
        /// @notice hash of its rule set
        bytes32 model;
        /// @notice who opened it
        address owner;
        /// @notice facts in its working memory
        uint64 facts;
        /// @notice facts and partial matches that its network holds, which a call's price follows
        uint64 entries;
        /// @notice gas that the next change pays at most to bring it to memory, besides 40 for each byte of its rule set; 0 when
        /// it is there
        uint64 loadGas;
    }

    /// @notice A model has been deployed for the first time.
    /// @param model its hash
    /// @param by who deployed it
    /// @param size its bytes
    event Deployed(bytes32 indexed model, address indexed by, uint32 size);

    /// @notice A name has a new version.
    /// @param model hash of the version's model
    /// @param owner who owns the name
    /// @param version its number, from 1
    /// @param name the name
    event Published(bytes32 indexed model, address indexed owner, uint64 version, string name);

    /// @notice A name has another owner.
    /// @param from who owned it
    /// @param to who owns it
    /// @param name the name
    event NameTransferred(address indexed from, address indexed to, string name);

    /// @notice A session has been opened.
    /// @param session its number
    /// @param model hash of its rule set
    /// @param owner who opened it
    event Opened(uint64 indexed session, bytes32 indexed model, address indexed owner);

    /// @notice An account may change a session, or may no longer.
    /// @param session its number
    /// @param account the account
    /// @param allowed whether it may
    event Allowed(uint64 indexed session, address indexed account, bool allowed);

    /// @notice A rule emitted a result while a session fired.
    /// @param session the session's number
    /// @param rule name of the rule
    /// @param name name of the result
    /// @param fields its fields: a context in the wire form
    event Emitted(uint64 indexed session, string rule, string name, bytes fields);

    /// @notice A session has fired.
    /// @param session its number
    /// @param firings how many rules fired
    /// @param status why it ended
    event Fired(uint64 indexed session, uint64 firings, Status status);

    /// @notice A session is gone.
    /// @param session its number
    event Closed(uint64 indexed session);

    /// @notice These bytes are not a compiled model; `cybermiles rules compile` makes one and says what is wrong with a source.
    error BadModel();

    /// @notice There is no model with this hash; deploy it first, with `cybermiles rules deploy`.
    /// @param model the hash
    error NotDeployed(bytes32 model);

    /// @notice The address of this model is taken by other code; change the model, its name for instance.
    /// @param model the hash
    error AddressTaken(bytes32 model);

    /// @notice A name has 1 to 64 characters out of a-z, 0-9, dot, dash, underscore and slash; choose one that does.
    /// @param name the name
    error BadName(string name);

    /// @notice The name belongs to another account; choose another one, or let its owner publish.
    /// @param name the name
    /// @param owner who owns it
    error NotOwner(string name, address owner);

    /// @notice There is no such name or version; `resolve` knows the newest.
    /// @param name the name
    /// @param version the version, 0 for the newest
    error NoSuchVersion(string name, uint64 version);

    /// @notice The model has no decision, service or knowledge of this name; `cybermiles rules check` lists them.
    /// @param decision the name
    error UnknownDecision(string decision);

    /// @notice The model has no input of this name; `cybermiles rules check` lists them.
    /// @param input the name
    error UnknownInput(string input);

    /// @notice The input is not a context in the wire form; let `cybermiles rules bind` make the code that packs it.
    /// @param index which input of a batch, from 0
    error BadInput(uint64 index);

    /// @notice The evaluation reached a limit (depth, items, bytes), needs its own result, or results in a function; the
    /// README lists the limits.
    /// @param index which input of a batch, from 0
    error LimitReached(uint64 index);

    /// @notice The model is of the other kind: decisions are evaluated, rule sets run and opened.
    /// @param model its hash
    error WrongKind(bytes32 model);

    /// @notice There is no such session, or it is being closed; `open` makes one.
    /// @param session the number
    error NoSession(uint64 session);

    /// @notice The account may not change the session; its owner can `allow` it.
    /// @param session the session
    /// @param account the account
    error NotAllowed(uint64 session, address account);

    /// @notice The bytes are not a fact of this rule set: let `cybermiles rules bind` make the code that packs it.
    /// @param index which fact of several, from 0
    error BadFact(uint64 index);

    /// @notice The session has no fact of this number; `query` lists them.
    /// @param session the session
    /// @param id the number
    error NoFact(uint64 session, uint64 id);

    /// @notice The session reached a limit of facts, of partial matches or of what bringing it to memory may cost; retract
    /// facts or open another one. The README lists the limits.
    /// @param session the session, 0 for `run`
    error SessionFull(uint64 session);

    /// @notice An action of the rule that is due has no value (a division by zero, a number out of range, a string too long);
    /// update or retract the facts it matched. Firings before it have been kept by the call before.
    /// @param rule name of the rule
    /// @param line its line in the rule text
    /// @param action the action, from 1
    error RuleFailed(string rule, uint32 line, uint32 action);

    /// @notice Deploys a compiled model: decisions or a rule set. A model that is there already is not stored again.
    /// @param model what `cybermiles rules compile` writes
    /// @return hash names the model: the code hash of its account, whose address are the hash's last 20 bytes
    function deploy(bytes calldata model) external returns (bytes32 hash);

    /// @notice Gives a name its next version. Whoever publishes a name first owns it.
    /// @param name the name
    /// @param model hash of a deployed model
    /// @return version number of the version, from 1
    function publish(string calldata name, bytes32 model) external returns (uint64 version);

    /// @notice Gives a name of the caller's to another account.
    /// @param name the name
    /// @param to who shall own it
    function transferName(string calldata name, address to) external;

    /// @notice What a name stands for.
    /// @param name the name
    /// @return owner who owns it, zero when nobody does
    /// @return version its newest version, 0 for none
    /// @return model hash of that version's model
    function resolve(string calldata name) external view returns (address owner, uint64 version, bytes32 model);

    /// @notice The model of a version, which never changes.
    /// @param name the name
    /// @param version the version, from 1
    /// @return model its hash
    function versionOf(string calldata name, uint64 version) external view returns (bytes32 model);

    /// @notice Whether a model is deployed.
    /// @param model its hash
    /// @return deployed whether it is
    function isDeployed(bytes32 model) external view returns (bool deployed);

    /// @notice Evaluates a decision, a decision service or a business knowledge model.
    /// @param model hash of the model
    /// @param decision what to evaluate, by its name
    /// @param input the inputs by name: a context in the wire form; what is missing is null
    /// @return output the result in the wire form
    function evaluate(bytes32 model, string calldata decision, bytes calldata input) external view returns (bytes memory output);

    /// @notice Evaluates the newest version of a name. Its owner may change what it answers: pin a hash where that matters.
    /// @param name the name
    /// @param decision what to evaluate, by its name
    /// @param input the inputs by name: a context in the wire form; what is missing is null
    /// @return output the result in the wire form
    /// @return model hash of the model that was evaluated
    function evaluateNamed(string calldata name, string calldata decision, bytes calldata input)
        external
        view
        returns (bytes memory output, bytes32 model);

    /// @notice Evaluates a decision for several inputs, which is cheaper than one by one. One that fails fails all.
    /// @param model hash of the model
    /// @param decision what to evaluate, by its name
    /// @param inputs a context in the wire form each
    /// @return outputs the results in the inputs' order
    function evaluateBatch(bytes32 model, string calldata decision, bytes[] calldata inputs)
        external
        view
        returns (bytes[] memory outputs);

    /// @notice Evaluates and tells how: each table that matched and each decision, in the order they were made.
    /// @param model hash of the model
    /// @param decision what to evaluate, by its name
    /// @param input the inputs by name: a context in the wire form; what is missing is null
    /// @return output the result in the wire form
    /// @return steps how it came about
    function explain(bytes32 model, string calldata decision, bytes calldata input)
        external
        view
        returns (bytes memory output, Step[] memory steps);

    /// @notice Runs a rule set on facts within this call: inserts them, fires until nothing is left or a rule halts.
    /// @param model hash of the rule set
    /// @param facts the facts: the template's place as a uint16, then each slot's value in the wire form, null for its default
    /// @return results what rules emitted, in order
    /// @return left the facts at the end, by number
    function run(bytes32 model, bytes[] calldata facts) external view returns (Result[] memory results, Fact[] memory left);

    /// @notice Opens a session: a working memory that stays, without facts. The caller owns it.
    /// @param model hash of the rule set
    /// @return session its number, from 1
    function open(bytes32 model) external returns (uint64 session);

    /// @notice Lets another account change a session of the caller's, or no longer. Only the owner allows and closes.
    /// @param session the session
    /// @param account the account
    /// @param allowed whether it may insert, update, retract and fire
    function allow(uint64 session, address account, bool allowed) external;

    /// @notice Inserts a fact. What rules make of it waits for `fire`.
    /// @param session the session
    /// @param fact the template's place as a uint16, then each slot's value in the wire form, null for its default
    /// @return id the fact's number
    function insert(uint64 session, bytes calldata fact) external returns (uint64 id);

    /// @notice Inserts several facts, in order.
    /// @param session the session
    /// @param facts each as `insert` takes it
    /// @return ids the facts' numbers
    function insertMany(uint64 session, bytes[] calldata facts) external returns (uint64[] memory ids);

    /// @notice Changes a fact, which keeps its number and is new to every rule.
    /// @param session the session
    /// @param id the fact's number
    /// @param fact the template's place as a uint16, then each slot's value in the wire form, null for what stays as it is
    function update(uint64 session, uint64 id, bytes calldata fact) external;

    /// @notice Takes a fact out.
    /// @param session the session
    /// @param id the fact's number
    function retract(uint64 session, uint64 id) external;

    /// @notice Fires rules, the first of the agenda first, until nothing is left, a rule halts, maxFirings have fired or the
    /// call's gas comes to its end; the next call goes on exactly there. Say how much gas to spend: an estimate is for one rule.
    /// @param session the session
    /// @param maxFirings the most rules to fire, 0 for no limit
    /// @return status why it ended
    /// @return firings how many rules fired
    /// @return results what rules emitted, in order
    function fire(uint64 session, uint64 maxFirings)
        external
        returns (Status status, uint64 firings, Result[] memory results);

    /// @notice Facts of a template, page by page. Between changes of the session the pages are consistent.
    /// @param session the session
    /// @param template the template's place, from 0
    /// @param cursor 0 for the first page, then what the page before returned
    /// @param limit how many of the session's facts to look at
    /// @return facts those of the template among them
    /// @return next where to go on, 0 when there is nothing more
    function query(uint64 session, uint32 template, uint64 cursor, uint64 limit)
        external
        view
        returns (Fact[] memory facts, uint64 next);

    /// @notice One fact.
    /// @param session the session
    /// @param id the fact's number
    /// @return found the fact
    function factOf(uint64 session, uint64 id) external view returns (Fact memory found);

    /// @notice What is known about a session.
    /// @param session the session
    /// @return info its rule set, owner and size
    function sessionOf(uint64 session) external view returns (Session memory info);

    /// @notice Whether an account may change a session.
    /// @param session the session
    /// @param account the account
    /// @return allowed whether it may
    function isAllowed(uint64 session, address account) external view returns (bool allowed);

    /// @notice Closes a session of the caller's: its storage is cleared, which the chain refunds. A call clears as much as
    /// its gas allows, which should be 200,000 at least; call again until it is done. From the first call on, the session can
    /// only be closed.
    /// @param session the session
    /// @return done whether all is gone
    function close(uint64 session) external returns (bool done);
}
