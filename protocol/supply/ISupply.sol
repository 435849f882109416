// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Supply
/// @notice Mints block rewards up to the ceiling, counts what is burned, and answers how many coins there are.
/// @custom:address 0x000000000000000000000000000000000000c001
interface ISupply {
    /// @notice How many coins there are and where they are, all amounts in wei.
    struct Overview {
        /// All coins that exist: initial + mined − burned.
        uint256 totalWei;
        /// Coins that are free to move: total − locked − unclaimed − staked, what is locked and staked counted once.
        uint256 circulatingWei;
        /// Coins under a lock, those among them that are staked included.
        uint256 lockedWei;
        /// Coins set aside for holders of the ERC-20 token who have not converted them yet.
        uint256 unclaimedWei;
        /// Staked coins, the locked ones among them included.
        uint256 stakedWei;
        /// Coins the chain began with.
        uint256 initialWei;
        /// Coins mined since.
        uint256 minedWei;
        /// Coins burned since.
        uint256 burnedWei;
        /// The most that initial and mined coins can ever be together.
        uint256 ceilingWei;
        /// The current year, counted from 1.
        uint64 year;
        /// The current year's rate, in basis points.
        uint16 rateBps;
        /// The rate of the years that follow, in basis points.
        uint16 nextRateBps;
        /// What the current year mints when the chain never stands still, before the ceiling.
        uint256 provisionWei;
        /// What the current year has minted so far.
        uint256 yearMinedWei;
    }

    /// @notice One year of mining, all amounts in wei.
    struct Year {
        /// The year, counted from 1.
        uint64 year;
        /// When it begins, in seconds since 1970.
        uint64 begins;
        /// Its rate, in basis points.
        uint16 rateBps;
        /// All coins at its begin.
        uint256 supplyWei;
        /// What it mints.
        uint256 minedWei;
        /// All coins at its end.
        uint256 endWei;
    }

    /// @notice A year has begun.
    /// @param year which, counted from 1
    /// @param supplyWei all coins at its begin, in wei
    /// @param rateBps its rate, in basis points
    /// @param provisionWei what it mints when the chain never stands still, before the ceiling, in wei
    event YearBegan(uint64 indexed year, uint256 supplyWei, uint16 rateBps, uint256 provisionWei);

    /// @notice Governance has set the rate of the years that follow.
    /// @param rateBps the rate, in basis points
    event RateSet(uint16 rateBps);

    /// @notice Coins were destroyed.
    /// @param from whose coins they were; this contract itself for those that contracts took with them
    /// @param amountWei how many, in wei
    event Burned(address indexed from, uint256 amountWei);

    /// @notice Only governance may do this: make a proposal.
    /// @param caller who tried
    error NotGovernance(address caller);

    /// @notice The rate is above the network's maximum; choose one up to `maxRateBps`.
    /// @param rateBps the rate that was asked for, in basis points
    /// @param maxRateBps the highest possible, in basis points
    error RateTooHigh(uint16 rateBps, uint16 maxRateBps);

    /// @notice No coins came with the call; send what is to be burned as its value.
    error NothingToBurn();

    /// @notice Sets the rate of the years that follow the current one. Governance only.
    /// @param rateBps the rate, in basis points, up to the network's maximum
    function setRate(uint16 rateBps) external;

    /// @notice Destroys the coins that come with the call. They are never mined again.
    function burn() external payable;

    /// @notice Destroys the coins that contracts took with them when they destroyed themselves, which the chain gives to
    /// this contract instead, and whatever else reached its balance.
    /// @custom:system at the end of a block in which there are such coins
    function burnRemains() external;

    /// @notice All coins that exist.
    /// @return amountWei initial + mined − burned, in wei
    function total() external view returns (uint256 amountWei);

    /// @notice Coins that are free to move.
    /// @return amountWei total − locked − unclaimed − staked, what is locked and staked counted once, in wei
    function circulating() external view returns (uint256 amountWei);

    /// @notice Coins under a lock.
    /// @return amountWei those among them that are staked included, in wei
    function locked() external view returns (uint256 amountWei);

    /// @notice Coins set aside for holders of the ERC-20 token who have not converted them yet.
    /// @return amountWei in wei
    function unclaimed() external view returns (uint256 amountWei);

    /// @notice Staked coins.
    /// @return amountWei the locked ones among them included, in wei
    function staked() external view returns (uint256 amountWei);

    /// @notice Coins the chain began with.
    /// @return amountWei in wei
    function initial() external view returns (uint256 amountWei);

    /// @notice Coins mined so far.
    /// @return amountWei in wei
    function mined() external view returns (uint256 amountWei);

    /// @notice Coins burned so far.
    /// @return amountWei in wei
    function burned() external view returns (uint256 amountWei);

    /// @notice The most coins that can ever be made: initial and mined together. Nothing can change it.
    /// @return amountWei in wei
    function ceiling() external view returns (uint256 amountWei);

    /// @notice The current year, counted from 1. A year has 365 days.
    /// @return number which year
    function year() external view returns (uint64 number);

    /// @notice The current year's rate.
    /// @return rateBps in basis points of the supply at the year's begin
    function rate() external view returns (uint16 rateBps);

    /// @notice The rate of the years that follow.
    /// @return rateBps in basis points
    function nextRate() external view returns (uint16 rateBps);

    /// @notice The highest rate that governance can set.
    /// @return rateBps in basis points
    function maxRate() external view returns (uint16 rateBps);

    /// @notice What the current year mints when the chain never stands still, before the ceiling.
    /// @return amountWei in wei
    function provision() external view returns (uint256 amountWei);

    /// @notice When years begin and how far mining has come.
    /// @return genesisTimeNanos begin of the first year, in nanoseconds since 1970
    /// @return lastTimeNanos time up to which coins were minted, in nanoseconds since 1970
    /// @return maxBlockNanos the most that the time between two blocks counts, in nanoseconds
    function clock() external view returns (uint64 genesisTimeNanos, uint64 lastTimeNanos, uint64 maxBlockNanos);

    /// @notice Mining year by year, from the current year on, as it will be with the rates that are set, nothing
    /// burned, and no time that the chain stands still.
    /// @param count how many years, at most 100
    /// @return list the years in order
    function schedule(uint64 count) external view returns (Year[] memory list);

    /// @notice All figures at once.
    /// @return figures the figures
    function overview() external view returns (Overview memory figures);
}
