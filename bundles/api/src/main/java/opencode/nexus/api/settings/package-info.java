/** What the owner may set. */
@Export
@Version("1.1.0")
@NullMarked
package opencode.nexus.api.settings;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
