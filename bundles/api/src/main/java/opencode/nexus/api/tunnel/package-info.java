/** The public address of this Nexus. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.tunnel;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
