/** The log of Nexus and of what it runs: kept, found, and told live. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.log;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
