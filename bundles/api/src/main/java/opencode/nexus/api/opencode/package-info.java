/** OpenCode as Nexus sees it: calls out, events in. No wire format. */
@Export
@Version("2.0.0")
@NullMarked
package opencode.nexus.api.opencode;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
