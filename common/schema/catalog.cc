// SPDX-License-Identifier: Apache-2.0
// Look-up in the catalogue by the name rules of ADQL.
#include "schema/catalog.h"

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

}  // namespace

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
    for (std::size_t i = 0; i < tables.size(); ++i)
        by_name_.emplace(to_lower(tables[i].base_name), i);
}

const Table* Catalog::find_table(std::string_view full_name) const {
    for (const auto& table : tables)
        if (table.name == full_name) return &table;
    for (const auto& table : tables)
        if (equal_fold(table.name, full_name)) return &table;
    return nullptr;
}

}  // namespace vo::schema
