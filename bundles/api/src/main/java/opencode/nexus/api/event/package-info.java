/** The hub: numbered events, kept for a while, replayed and followed. */
@Export
@Version("1.1.0")
@NullMarked
package opencode.nexus.api.event;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
