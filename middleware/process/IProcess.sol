// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Process
/// @notice Business processes (BPMN 2.0) that the chain itself runs: each party may only do its own step, deadlines fire by
/// themselves, and money moves with the step. `cybermiles process bind` makes typed code of a model, so that nobody packs
/// bytes by hand.
/// @custom:address 0x000000000000000000000000000000000000c102
interface IProcess {
    /// @notice Who has a role in an instance.
    struct Role {
        /// @notice name of the role as in the model; `administrator` is always there
        string role;
        /// @notice the account; a contract may answer `isMember(string role, address account)` for its members; the address of
        /// all ones is everybody
        address account;
    }

    /// @notice What an instance of a batch is started with.
    struct Beginning {
        /// @notice who has which role
        Role[] roles;
        /// @notice variables by name: a context in the wire form
        bytes variables;
        /// @notice what the instance gets to hold of the call's value, in wei
        uint256 valueWei;
        /// @notice what it gets of the call's value to pay for the gas of its timers, in wei
        uint256 depositWei;
    }

    /// @notice What an instance is.
    struct Instance {
        /// @notice hash of its model
        bytes32 model;
        /// @notice id of its process
        string process;
        /// @notice who started it
        address starter;
        /// @notice 0 running, 1 completed, 2 terminated, 3 failed, 4 canceled, 5 listening: no instance
        uint8 status;
        /// @notice code of the error that failed it
        string code;
        /// @notice the instance that called it, 0 for none
        uint64 parent;
        /// @notice the call activity's token there
        uint32 parentToken;
        /// @notice the account that holds its coins and tokens and calls contracts for it
        address account;
        /// @notice coins it holds, in wei
        uint256 balanceWei;
        /// @notice coins that pay for the gas of its timers, in wei
        uint256 depositWei;
        /// @notice time at which the chain next looks at it, in seconds since 1970, 0 for never
        uint64 nextTimer;
        /// @notice whether its timers stand still: one failed, or the deposit did not suffice
        bool timersStopped;
        /// @notice who got what it still held at its end, zero while it runs
        address remainderTo;
    }

    /// @notice A token of an instance.
    struct Token {
        /// @notice number of the token
        uint32 token;
        /// @notice number of the node in the model
        uint16 node;
        /// @notice the node's id in the source
        string id;
        /// @notice 2 waits at a join, 3 waits for somebody or something, 4 for what is inside, 5 for compensation, 6 has an incident
        uint8 state;
        /// @notice why it has an incident
        string reason;
    }

    /// @notice Something that an instance waits for.
    struct Wait {
        /// @notice number of the wait
        uint32 wait;
        /// @notice number of the node in the model
        uint16 node;
        /// @notice the node's id in the source
        string id;
        /// @notice 0 message, 1 timer, 2 signal, 5 condition
        uint8 kind;
        /// @notice name of the message or signal
        string name;
        /// @notice correlation key of the message
        string key;
        /// @notice when the timer fires, in seconds since 1970
        uint64 due;
    }

    /// @notice Work that waits for somebody: a task of a person, or a job.
    struct Task {
        /// @notice its instance
        uint64 instance;
        /// @notice its token
        uint32 token;
        /// @notice number of the node in the model
        uint16 node;
        /// @notice the node's id in the source
        string id;
        /// @notice the node's name
        string name;
        /// @notice type of the job, empty for a person's task
        string job;
        /// @notice script of the job, empty for none
        string script;
        /// @notice who may do it: an account, a contract that knows the members of the role, or all ones for everybody
        address account;
        /// @notice the role whose task it is, empty for none
        string role;
        /// @notice who has taken the job, zero for nobody
        address worker;
        /// @notice until when, in seconds since 1970
        uint64 leasedUntil;
    }

    /// @notice A variable of an instance.
    struct Variable {
        /// @notice the scope that has it; 1 is the process itself
        uint32 scope;
        /// @notice its name
        string name;
        /// @notice its value in the wire form
        bytes value;
    }

    /// @notice A node of an old model and its counterpart.
    struct Move {
        /// @notice id of the node or flow in the model that the instance runs
        string from;
        /// @notice its id in the new model
        string to;
    }

    /// @notice A model has been deployed for the first time.
    /// @param model its hash
    /// @param by who deployed it
    /// @param source Keccak-256 of its BPMN, as the deployer says
    /// @param size bytes of the compiled model
    event Deployed(bytes32 indexed model, address indexed by, bytes32 source, uint32 size);

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

    /// @notice A start event of a process is listened to.
    /// @param listener number of the listener, counted with the instances
    /// @param model hash of the model
    /// @param owner for whom instances will be started
    /// @param node the start event
    event Listening(uint64 indexed listener, bytes32 indexed model, address indexed owner, uint16 node);

    /// @notice An instance has been started.
    /// @param instance its number
    /// @param model hash of its model
    /// @param starter who started it
    /// @param parent the instance that called it, 0 for none
    /// @param process id of its process
    event Started(uint64 indexed instance, bytes32 indexed model, address indexed starter, uint64 parent, string process);

    /// @notice The tokens of an instance have moved.
    /// @param instance its number
    /// @param nodes the nodes that tokens came to, in order, two bytes each; the highest bit is set where a token left instead
    event Moved(uint64 indexed instance, bytes nodes);

    /// @notice A task or a job is open.
    /// @param instance its instance
    /// @param account who may do it
    /// @param token its token
    /// @param node its node
    /// @param job type of the job, empty for a person's task
    event TaskOpened(uint64 indexed instance, address indexed account, uint32 token, uint16 node, string job);

    /// @notice A task or a job has been completed.
    /// @param instance its instance
    /// @param by who completed it
    /// @param token its token
    /// @param node its node
    event TaskCompleted(uint64 indexed instance, address indexed by, uint32 token, uint16 node);

    /// @notice A worker has taken a job.
    /// @param instance its instance
    /// @param worker who has taken it
    /// @param token its token
    /// @param leasedUntil until when, in seconds since 1970
    event JobActivated(uint64 indexed instance, address indexed worker, uint32 token, uint64 leasedUntil);

    /// @notice A service task has called a contract.
    /// @param instance its instance
    /// @param target the contract
    /// @param token its token
    /// @param valueWei what it was given, in wei
    /// @param ok whether the call succeeded
    /// @param output what it returned, at most 256 bytes
    event Called(uint64 indexed instance, address indexed target, uint32 token, uint256 valueWei, bool ok, bytes output);

    /// @notice A message has reached an instance.
    /// @param instance the receiver
    /// @param from who sent it; for an instance, its account
    /// @param name its name
    /// @param key its correlation key
    event Correlated(uint64 indexed instance, address indexed from, string name, string key);

    /// @notice An instance has sent a message that nobody took.
    /// @param instance the sender
    /// @param name its name
    /// @param key its correlation key
    event Undelivered(uint64 indexed instance, string name, string key);

    /// @notice A signal goes to all that wait for it.
    /// @param broadcast number of the broadcast, which `carry` goes on with; 0 for one that needs none
    /// @param from who sent it; for an instance, its account
    /// @param name its name
    event Signaled(uint64 indexed broadcast, address indexed from, string name);

    /// @notice An escalation has left an instance uncaught.
    /// @param instance its instance
    /// @param code the escalation's code
    event Escalated(uint64 indexed instance, string code);

    /// @notice A token cannot go on, or the timers of an instance stand still (token 0).
    /// @param instance its instance
    /// @param token its token, 0 for none
    /// @param node its node
    /// @param reason why
    event IncidentRaised(uint64 indexed instance, uint32 token, uint16 node, string reason);

    /// @notice A token with an incident goes on, or the timers do (token 0).
    /// @param instance its instance
    /// @param token its token, 0 for the timers
    /// @param by who had it tried again
    event IncidentResolved(uint64 indexed instance, uint32 token, address by);

    /// @notice An instance has got coins or tokens.
    /// @param instance its number
    /// @param from who gave them
    /// @param asset the ERC-20 token, zero for the chain's coin
    /// @param amount how much, in the smallest unit
    event Funded(uint64 indexed instance, address indexed from, address asset, uint256 amount);

    /// @notice An instance has paid.
    /// @param instance its number
    /// @param to who was paid
    /// @param asset the ERC-20 token, zero for the chain's coin
    /// @param amount how much, in the smallest unit
    event Paid(uint64 indexed instance, address indexed to, address asset, uint256 amount);

    /// @notice A deposit has changed by gas that the chain used for an instance.
    /// @param instance its number
    /// @param gasUsed the gas
    /// @param feeWei what it cost, in wei
    event DepositCharged(uint64 indexed instance, uint256 gasUsed, uint256 feeWei);

    /// @notice A running instance goes on in another model.
    /// @param instance its number
    /// @param model hash of the new model
    /// @param by who migrated it
    event Migrated(uint64 indexed instance, bytes32 indexed model, address indexed by);

    /// @notice An instance is over.
    /// @param instance its number
    /// @param status 1 completed, 2 terminated, 3 failed, 4 canceled
    /// @param code code of the error that failed it
    /// @param remainderTo who got what it still held
    event Ended(uint64 indexed instance, uint8 status, string code, address remainderTo);

    /// @notice These bytes are not a compiled model; `cybermiles process compile` makes one and says what is wrong with a source.
    error BadModel();

    /// @notice There is no model with this hash; deploy it first, with `cybermiles process deploy`.
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

    /// @notice The model has no process of this id that can be started; `cybermiles process check` lists them.
    /// @param process the id
    error UnknownProcess(string process);

    /// @notice The process does not start at this node; without one it needs a none start event.
    /// @param node id of the node
    error NotAStart(string node);

    /// @notice Somebody has to do the steps of this role; say who when you start the process.
    /// @param role its name
    error RoleUnbound(string role);

    /// @notice The model has no such role, or it is named twice; `cybermiles process check` lists them.
    /// @param role its name
    error UnknownRole(string role);

    /// @notice The variables are no context in the wire form; let `cybermiles process bind` make the code that packs them.
    error BadVariables();

    /// @notice The variable has not its type, is too large, or is none that this step may bring: it brings the variables that a
    /// source of its output mappings is alone, or its result variable.
    /// @param what which one, or what is wrong
    error BadVariable(string what);

    /// @notice There is no such broadcast, or it has reached all.
    /// @param broadcast its number
    error UnknownBroadcast(uint64 broadcast);

    /// @notice This is for the contract itself to call.
    error NotItself();

    /// @notice There is no instance with this number.
    /// @param instance the number
    error UnknownInstance(uint64 instance);

    /// @notice The instance is over.
    /// @param instance its number
    error NotRunning(uint64 instance);

    /// @notice The token is not there, or not in a state that allows this; look at the instance again.
    /// @param instance the instance
    /// @param token the token
    error NotWaiting(uint64 instance, uint32 token);

    /// @notice This is somebody else's to do: of the role that the task belongs to, of the administrator or of a party.
    /// @param instance the instance
    /// @param account who may
    error NotAllowed(uint64 instance, address account);

    /// @notice Somebody else works on the job; wait until the lease is over.
    /// @param instance the instance
    /// @param token its token
    /// @param leasedUntil until when, in seconds since 1970
    error Leased(uint64 instance, uint32 token, uint64 leasedUntil);

    /// @notice The instance holds less than it has to pay; `fund` it first.
    /// @param instance the instance
    /// @param asset the ERC-20 token, zero for the chain's coin
    /// @param needed what it has to pay
    /// @param held what it holds
    error NotCovered(uint64 instance, address asset, uint256 needed, uint256 held);

    /// @notice Deposits and values come to another sum than the call's value.
    /// @param sentWei the call's value
    /// @param neededWei what they come to
    error WrongValue(uint256 sentWei, uint256 neededWei);

    /// @notice The token did not move the coins; approve this contract for the amount first.
    /// @param asset the token
    error TransferFailed(address asset);

    /// @notice Nothing waits for this message with this key.
    /// @param name the message
    /// @param key the key
    error NoReceiver(string name, string key);

    /// @notice A key or signal that begins with an address may only be sent by that address.
    /// @param sender the address
    error NotSender(address sender);

    /// @notice The process takes more than 10,000 steps without waiting, or more than 256 calls of instances.
    /// @param instance the instance
    error Endless(uint64 instance);

    /// @notice The instance would have a record, roles or assets beyond the limits that the README lists.
    /// @param instance the instance
    error TooLarge(uint64 instance);

    /// @notice The instance cannot go on in the new model.
    /// @param instance the instance
    /// @param reason what has no counterpart
    error PlanRefused(uint64 instance, string reason);

    /// @notice Nothing is due; the chain calls when something is.
    /// @param instance the instance
    error NotDue(uint64 instance);

    /// @notice Deploys a compiled model. A model that is there already is not stored again.
    /// @param model what `cybermiles process compile` writes
    /// @param source Keccak-256 of the BPMN it was compiled from
    /// @return hash names the model: the code hash of its account, whose address are the hash's last 20 bytes
    function deploy(bytes calldata model, bytes32 source) external returns (bytes32 hash);

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

    /// @notice The source of a deployed model.
    /// @param model its hash
    /// @return deployed whether it is deployed here
    /// @return source Keccak-256 of the BPMN, as who deployed it first said; compiling that gives the model, or it was not true
    function sourceOf(bytes32 model) external view returns (bool deployed, bytes32 source);

    /// @notice Starts a process. The call's value is what the instance holds, except the deposit.
    /// @param model hash of the model
    /// @param process id of the process
    /// @param roles who has which role; every role with a step needs somebody. `administrator` may cancel, migrate and decide
    /// incidents; without one, nobody may.
    /// @param variables variables by name: a context in the wire form. Variables of a role's name are the role's account, as text;
    /// `instance`, `account`, `caller` and `paidWei` are the contract's to give.
    /// @param depositWei what of the call's value pays for the gas of timers; what is left of it goes back to the caller
    /// @return instance number of the instance
    function start(
        bytes32 model,
        string calldata process,
        Role[] calldata roles,
        bytes calldata variables,
        uint256 depositWei
    ) external payable returns (uint64 instance);

    /// @notice Starts a process at one of its start events, receive tasks or event gateways, whose trigger the caller brings.
    /// @param model hash of the model
    /// @param process id of the process
    /// @param node id of the node
    /// @param roles who has which role
    /// @param variables what the trigger brings: a context in the wire form
    /// @param depositWei what of the call's value pays for the gas of timers
    /// @return instance number of the instance
    function startAt(
        bytes32 model,
        string calldata process,
        string calldata node,
        Role[] calldata roles,
        bytes calldata variables,
        uint256 depositWei
    ) external payable returns (uint64 instance);

    /// @notice Starts several instances of a process, which is cheaper than one by one. One that fails fails all.
    /// @param model hash of the model
    /// @param process id of the process
    /// @param beginnings what each is started with; values and deposits come to the call's value
    /// @return instances their numbers, in the same order
    function startBatch(bytes32 model, string calldata process, Beginning[] calldata beginnings)
        external
        payable
        returns (uint64[] memory instances);

    /// @notice Has instances started whenever the message, signal or timer of a start event comes, for the caller. What the
    /// trigger brings is held to what the event's output mappings take. The call's value is the listener's deposit: it pays for
    /// the gas of start timers and is what instances get theirs from.
    /// @param model hash of the model
    /// @param process id of the process
    /// @param node id of the start event, receive task or what follows an event gateway
    /// @param roles who has which role in the instances
    /// @param eachWei the deposit of each instance, as long as there is that much
    /// @return listener its number, counted with the instances; its status is 5
    function listen(
        bytes32 model,
        string calldata process,
        string calldata node,
        Role[] calldata roles,
        uint256 eachWei
    ) external payable returns (uint64 listener);

    /// @notice Ends a listener of the caller's and gives its deposit back.
    /// @param listener its number
    function unlisten(uint64 listener) external;

    /// @notice Completes a task or job. The call's value goes to the instance. The step also brings `caller`, as text, and
    /// `paidWei`, if the model asks for variables of these names.
    /// @param instance the instance
    /// @param token the task's token
    /// @param variables what the step brings, by name: a context in the wire form. It may bring the variables that a source of
    /// its output mappings is alone (`=choice`), or its result variable, and no others.
    function complete(uint64 instance, uint32 token, bytes calldata variables) external payable;

    /// @notice Ends a task or job with a business error, which the model catches or the instance fails with.
    /// @param instance the instance
    /// @param token the task's token
    /// @param code code of the error
    /// @param variables what goes along: a context in the wire form
    function throwError(uint64 instance, uint32 token, string calldata code, bytes calldata variables) external;

    /// @notice Reports an escalation of a task or job that goes on.
    /// @param instance the instance
    /// @param token the task's token
    /// @param code code of the escalation
    /// @param variables what goes along: a context in the wire form
    function escalate(uint64 instance, uint32 token, string calldata code, bytes calldata variables) external;

    /// @notice Takes a job: until the lease is over only the caller may end it.
    /// @param instance the instance
    /// @param token the job's token
    /// @param leaseSeconds for how long, at most a day
    /// @return leasedUntil until when, in seconds since 1970
    function activateJob(uint64 instance, uint32 token, uint32 leaseSeconds) external returns (uint64 leasedUntil);

    /// @notice Reports that a job cannot be done: an incident, until somebody has it tried again.
    /// @param instance the instance
    /// @param token the job's token
    /// @param reason why, at most 256 bytes
    function failJob(uint64 instance, uint32 token, string calldata reason) external;

    /// @notice Starts an activity of an ad-hoc sub-process.
    /// @param instance the instance
    /// @param token the sub-process's token
    /// @param node id of the activity
    function chooseActivity(uint64 instance, uint32 token, string calldata node) external;

    /// @notice Ends an ad-hoc sub-process in which nothing runs.
    /// @param instance the instance
    /// @param token the sub-process's token
    function finishActivities(uint64 instance, uint32 token) external;

    /// @notice Sends a message to the instance that waits for it with this key; of several, the first that was started; when
    /// none does, it starts one for the first that listens. Anybody can wait for any key: coins go with `deliver`, which names
    /// the receiver. A key that begins with an address (0x and 40 digits) may only be sent by that address.
    /// @param message name of the message
    /// @param key correlation key, empty for messages without
    /// @param variables what the message brings: a context in the wire form
    /// @return instance the receiver
    function correlate(string calldata message, string calldata key, bytes calldata variables) external returns (uint64 instance);

    /// @notice Sends a message to one instance that waits for it, or to what `listen` made, which starts one. The call's value
    /// goes to the instance.
    /// @param receiver the instance, or the listener
    /// @param message name of the message
    /// @param key correlation key, empty for messages without
    /// @param variables what the message brings: a context in the wire form
    /// @return instance the receiver, or the instance that was started
    function deliver(uint64 receiver, string calldata message, string calldata key, bytes calldata variables)
        external
        payable
        returns (uint64 instance);

    /// @notice Sends a signal to instances that wait for it, in their order. A name that begins with an address may only be
    /// sent by that address.
    /// @param name name of the signal
    /// @param variables what the signal brings: a context in the wire form
    /// @param cursor the instance to begin at, 0 for the first
    /// @param limit the most instances that are looked at, at most 100
    /// @return next the cursor to go on with, 0 when all have it
    function signal(string calldata name, bytes calldata variables, uint64 cursor, uint32 limit) external returns (uint64 next);

    /// @notice Goes on with a signal that an instance has thrown: the first 8 that wait get it at once, the others by this.
    /// Anyone may call it.
    /// @param broadcast number of the broadcast
    /// @param limit the most instances that are looked at, at most 100
    /// @return over whether it has reached all
    function carry(uint64 broadcast, uint32 limit) external returns (bool over);

    /// @notice Cancels an instance; its administrator may. What it holds goes where the model says.
    /// @param instance the instance
    function cancel(uint64 instance) external;

    /// @notice Has a token with an incident tried again. Every party of the instance may.
    /// @param instance the instance
    /// @param token the token, 0 for the timers, which then fire with the caller's gas
    /// @param variables variables of the process to set before, which only the administrator may: a context in the wire form,
    /// or nothing
    function retry(uint64 instance, uint32 token, bytes calldata variables) external;

    /// @notice Lets a running instance go on in another model; its administrator may. Nodes keep their ids unless the plan says
    /// otherwise.
    /// @param instance the instance
    /// @param model hash of the new model
    /// @param plan the nodes whose ids change
    function migrate(uint64 instance, bytes32 model, Move[] calldata plan) external;

    /// @notice Gives an instance coins to hold. Anyone may.
    /// @param instance the instance
    function fund(uint64 instance) external payable;

    /// @notice Gives an instance tokens to hold, which the caller has approved. Anyone may.
    /// @param instance the instance
    /// @param asset the ERC-20 token
    /// @param amount how much, in its smallest unit
    function fundToken(uint64 instance, address asset, uint256 amount) external;

    /// @notice Gives an instance coins for the gas of its timers. Anyone may.
    /// @param instance the instance
    function topUp(uint64 instance) external payable;

    /// @notice Moves what the account of an instance that is over still holds to where its remainder went: what reached it
    /// late, and tokens that could not be moved then. Anyone may.
    /// @param instance the instance
    /// @param asset the ERC-20 token, zero for the chain's coin
    /// @return amount how much was moved, in the smallest unit
    function sweep(uint64 instance, address asset) external returns (uint256 amount);

    /// @notice Does what is due for an instance. The chain itself calls it.
    /// @param instance the instance
    /// @custom:system at a block's end when a timer is due
    function run(uint64 instance) external;

    /// @notice One step of the contract's own, which can fail by itself. Only the contract calls it.
    /// @param instance the instance
    /// @param kind 0 due timers, 1 a message, 2 a signal
    /// @param wait the wait of a message
    /// @param name name of the signal
    /// @param variables what comes along
    function step(uint64 instance, uint8 kind, uint32 wait, string calldata name, bytes calldata variables) external;

    /// @notice What an instance is.
    /// @param instance its number
    /// @return values what it is
    function instanceOf(uint64 instance) external view returns (Instance memory values);

    /// @notice Where an instance stands.
    /// @param instance its number
    /// @return tokens its tokens
    /// @return waits what it waits for
    function stateOf(uint64 instance) external view returns (Token[] memory tokens, Wait[] memory waits);

    /// @notice The account of an instance: it holds the instance's coins and tokens, and is who calls contracts for it. Coins
    /// and tokens can be sent there, and contracts can give it rights.
    /// @param instance its number
    /// @return account the account
    function accountOf(uint64 instance) external view returns (address account);

    /// @notice Who has which role in an instance.
    /// @param instance its number
    /// @return roles the roles
    function rolesOf(uint64 instance) external view returns (Role[] memory roles);

    /// @notice The variables of an instance.
    /// @param instance its number
    /// @return variables the variables
    function variablesOf(uint64 instance) external view returns (Variable[] memory variables);

    /// @notice What an instance holds of an asset.
    /// @param instance its number
    /// @param asset the ERC-20 token, zero for the chain's coin
    /// @return amount how much, in the smallest unit
    function balanceOf(uint64 instance, address asset) external view returns (uint256 amount);

    /// @notice The open tasks and jobs of an instance.
    /// @param instance its number
    /// @return tasks the tasks
    function tasksOf(uint64 instance) external view returns (Task[] memory tasks);

    /// @notice The open tasks of an account or a role's contract; of all ones, those that are open to everybody.
    /// @param account the account
    /// @param cursor the instance to begin at, 0 for the first
    /// @param limit the most instances that are looked at, at most 100
    /// @return tasks the tasks, by instance
    /// @return next the cursor to go on with, 0 when there are no more
    function tasksFor(address account, uint64 cursor, uint32 limit) external view returns (Task[] memory tasks, uint64 next);

    /// @notice The open jobs of a type.
    /// @param job the type
    /// @param cursor the instance to begin at, 0 for the first
    /// @param limit the most instances that are looked at, at most 100
    /// @return tasks the jobs, by instance
    /// @return next the cursor to go on with, 0 when there are no more
    function jobs(string calldata job, uint64 cursor, uint32 limit) external view returns (Task[] memory tasks, uint64 next);

    /// @notice The instances that wait for a message with a key, or for a signal; listeners to the signal are among them.
    /// @param name name of the message or signal
    /// @param key correlation key of the message
    /// @param ofSignal whether it is a signal
    /// @param cursor the instance to begin at, 0 for the first
    /// @param limit the most instances, at most 100
    /// @return instances their numbers
    function waitingFor(string calldata name, string calldata key, bool ofSignal, uint64 cursor, uint32 limit)
        external
        view
        returns (uint64[] memory instances);

    /// @notice How many instances have been started, listeners included; they are numbered from 1.
    /// @return started how many
    /// @return timers how many of them the chain has to look at some time
    function counts() external view returns (uint64 started, uint64 timers);

    /// @notice The deposit that lets the chain look at an instance once, at this block's price of gas. `eth_call` knows that
    /// price only if it is given one (`gasPrice`).
    /// @return depositWei the deposit, in wei
    function depositFor() external view returns (uint256 depositWei);
}
