// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Rules
/// @notice Decision models (DMN 1.5 with FEEL) that contracts evaluate: deployed once, named by their hash, the same answer
/// on every node. `cybermiles rules bind` makes a Solidity library of a model, so that nobody packs bytes by hand.
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

    /// @notice Deploys a compiled model. A model that is there already is not stored again.
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
}
