#include "sql/sqlite/page_cache.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <new>

namespace segurifai::sql::sqlite {
namespace {

// At each commit SQLite drops the cached pages past the end of the database. Its cache looks for
// them only when it ever held one, and it mostly did: to bring the pages of a split into order they
// change numbers by way of one that no page has, at 1 GiB. As long as the database is smaller, each
// commit walked through all pages kept in memory, a fourteenth of the writer's time. The methods
// below hand everything on; only what would drop nothing ends here.

constexpr int kLockedByte = 0x40000000;  ///< SQLite's "pending byte"; its page is never used

sqlite3_pcache_methods2 own;  ///< SQLite's cache

struct WatchedCache {
    sqlite3_pcache* cache;
    unsigned parking;      ///< the number by way of which pages change theirs
    bool parked = false;   ///< a page has it now
    unsigned highest = 0;  ///< no page has a higher number, but for the one parked
};

WatchedCache& watched(sqlite3_pcache* cache) noexcept {
    return *reinterpret_cast<WatchedCache*>(cache);
}

sqlite3_pcache* create(int page_size, int extra_size, int purgeable) {
    sqlite3_pcache* cache = own.xCreate(page_size, extra_size, purgeable);
    if (cache == nullptr) return nullptr;
    const auto parking = static_cast<unsigned>(kLockedByte / page_size + 1);
    auto* made = new (std::nothrow) WatchedCache{.cache = cache, .parking = parking};
    if (made == nullptr) own.xDestroy(cache);
    return reinterpret_cast<sqlite3_pcache*>(made);
}

void destroy(sqlite3_pcache* cache) {
    own.xDestroy(watched(cache).cache);
    delete &watched(cache);
}

sqlite3_pcache_page* fetch(sqlite3_pcache* cache, unsigned number, int make) {
    WatchedCache& its = watched(cache);
    if (make != 0) its.highest = std::max(its.highest, number);
    return own.xFetch(its.cache, number, make);
}

void renumber(sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned from, unsigned to) {
    WatchedCache& its = watched(cache);
    if (from == its.parking) its.parked = false;
    if (to == its.parking)
        its.parked = true;
    else
        its.highest = std::max(its.highest, to);
    own.xRekey(its.cache, page, from, to);
}

/// Drops the pages from `first` on.
void truncate(sqlite3_pcache* cache, unsigned first) {
    WatchedCache& its = watched(cache);
    if (first > its.highest && !its.parked) return;
    own.xTruncate(its.cache, first);
    its.highest = std::min(its.highest, first > 0 ? first - 1 : 0);
    if (first <= its.parking) its.parked = false;
}

void set_size(sqlite3_pcache* cache, int pages) {
    own.xCachesize(watched(cache).cache, pages);
}

int page_count(sqlite3_pcache* cache) {
    return own.xPagecount(watched(cache).cache);
}

void unpin(sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
    own.xUnpin(watched(cache).cache, page, discard);
}

void shrink(sqlite3_pcache* cache) {
    own.xShrink(watched(cache).cache);
}

}  // namespace

int watch_page_cache() noexcept {
    sqlite3_pcache_methods2 found{};
    if (const int code = sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &found); code != SQLITE_OK)
        return code;
    if (found.xCreate == create) return SQLITE_OK;  // asked twice before SQLite began
    own = found;
    sqlite3_pcache_methods2 methods = own;  // begun, ended and told its argument as before
    methods.xCreate = create;
    methods.xCachesize = set_size;
    methods.xPagecount = page_count;
    methods.xFetch = fetch;
    methods.xUnpin = unpin;
    methods.xRekey = renumber;
    methods.xTruncate = truncate;
    methods.xDestroy = destroy;
    methods.xShrink = shrink;
    return sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods);
}

}  // namespace segurifai::sql::sqlite
