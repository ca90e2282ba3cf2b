// SPDX-License-Identifier: Apache-2.0
// Look-up in the catalogue by the name rules of ADQL.
#include "schema/catalog.h"

#include <bit>
#include <cstring>

#include "base/text.h"

namespace vo::schema {

namespace {

// A published name that needs quotes is found only by a delimited identifier of the same spelling;
// a regular one by any regular identifier, and by a delimited one in its stored spelling.
bool matches(const std::string& published, bool published_delimited, const Name& name) {
    if (published.size() != name.text.size()) return false;
    if (published == name.text) return name.delimited || !published_delimited;
    return !name.delimited && !published_delimited && equal_fold(published, name.text);
}

// The letters a to z among eight bytes in upper case.
std::uint64_t fold_eight(std::uint64_t bytes) {
    constexpr std::uint64_t kEach = 0x0101010101010101U;
    const auto low = bytes & 0x7F * kEach;
    const auto from_a = low + (0x80 - 'a') * kEach;
    const auto after_z = low + (0x80 - 'z' - 1) * kEach;
    return bytes ^ ((from_a ^ after_z) & ~bytes & 0x80 * kEach) >> 2U;
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t bytes) {
    hash = (hash ^ fold_eight(bytes)) * 0x9E3779B97F4A7C15U;
    return hash ^ hash >> 32U;
}

}  // namespace

std::size_t fold_hash(std::string_view name) {
    std::uint64_t hash = name.size();
    std::uint64_t bytes = 0;
    if (name.size() >= sizeof(bytes)) {
        for (std::size_t i = 0; i + sizeof(bytes) < name.size(); i += sizeof(bytes)) {
            std::memcpy(&bytes, name.data() + i, sizeof(bytes));
            hash = mix(hash, bytes);
        }
        // The last eight, of which some may have been mixed in already.
        std::memcpy(&bytes, name.data() + name.size() - sizeof(bytes), sizeof(bytes));
    } else {
        for (const char c : name)
            bytes = bytes << 8U | static_cast<unsigned char>(c);
    }
    return mix(hash, bytes);
}

void Table::index_columns() {
    slots.clear();
    slots.resize(std::bit_ceil(columns.size() * 2 + 1));
    const auto mask = slots.size() - 1;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto hash = static_cast<std::uint32_t>(fold_hash(columns[i].name));
        auto at = hash & mask;
        while (slots[at].column < columns.size())
            at = (at + 1) & mask;
        slots[at] = {hash, static_cast<std::uint32_t>(i)};
    }
}

const Column* Table::find_column(const Name& wanted) const {
    for (const auto& column : columns)
        if (matches(column.name, column.delimited, wanted)) return &column;
    return nullptr;
}

const Table* Catalog::find_table(const std::optional<Name>& schema, const Name& table) const {
    const auto fits = [&](const Table& candidate) {
        return (!schema || matches(candidate.schema_name, false, *schema)) &&
               matches(candidate.base_name, candidate.delimited, table);
    };
    const Table* found = nullptr;
    const auto [begin, end] = by_name_.equal_range(to_lower(table.text));
    for (auto at = begin; at != end; ++at) {
        const auto& candidate = tables[at->second];
        if (!fits(candidate)) continue;
        if (found != nullptr) return nullptr;
        found = &candidate;
    }
    return found;
}

void Catalog::index_tables() {
    by_name_.clear();
    for (std::size_t i = 0; i < tables.size(); ++i) {
        by_name_.emplace(to_lower(tables[i].base_name), i);
        tables[i].index_columns();
    }
}

const Table* Catalog::find_table(std::string_view full_name) const {
    for (const auto& table : tables)
        if (table.name == full_name) return &table;
    for (const auto& table : tables)
        if (equal_fold(table.name, full_name)) return &table;
    return nullptr;
}

}  // namespace vo::schema
