/** Full text of every conversation: an index, never the source of truth. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.search;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
